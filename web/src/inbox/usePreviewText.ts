import type { Conversation } from '../api/types'
import { useText } from '../i18n'
import { inboxText } from '../i18n/inbox'

/** The newest message of a conversation in a line, also where it has no words. */
export function usePreviewText(): (conversation: Pick<Conversation, 'preview' | 'preview_from' | 'preview_kind'>) => string {
  const t = useText(inboxText)
  return ({ preview, preview_from: from, preview_kind: kind }) => {
    if (kind === 'location' && preview) return `📍 ${preview}`
    if (preview) return preview
    if (kind) return t.kind[kind]
    return from === '' ? t.noMessages : t.chose
  }
}
