import { readStored, writeStored } from '../lib/storage'

export type DraftTab = 'reply' | 'note'

function key(personId: string, conversationId: string, tab: DraftTab): string {
  return `seax.draft.${personId}.${conversationId}.${tab}`
}

export function readDraft(personId: string, conversationId: string, tab: DraftTab): string {
  return readStored(key(personId, conversationId, tab)) ?? ''
}

export function writeDraft(personId: string, conversationId: string, tab: DraftTab, text: string): void {
  writeStored(key(personId, conversationId, tab), text.trim() === '' ? null : text)
}
