import { IconAlertCircle } from '@tabler/icons-react'
import { useText } from '../i18n'
import { conversationText } from '../i18n/conversation'
import type { MessageChanges, Reaction } from './changes'
import { useRefusalText } from '../ui/useRefusalText'
import classes from './Message.module.css'

/** Who reacted how, on the edge of the bubble. */
export function Reactions({ reactions, customer }: { reactions: readonly Reaction[]; customer: string }) {
  const t = useText(conversationText)
  if (reactions.length === 0) return null
  return (
    <ul className={classes.reactions} data-testid="reactions">
      {reactions.map(({ side, emoji, name }) => {
        const words = side === 'customer' ? t.changes.reaction.customer(name || customer, emoji) : t.changes.reaction.ours(name || t.somebody, emoji)
        return (
          <li key={side} title={words} data-side={side}>
            <span aria-hidden>{emoji}</span>
            <span className="sx-hidden">{words}</span>
          </li>
        )
      })}
    </ul>
  )
}

/** What was done to a message, or is under way, or did not work. */
export function ChangeMarks({ changes }: { changes: MessageChanges }) {
  const t = useText(conversationText).changes
  const refusal = useRefusalText()
  return (
    <>
      {changes.text !== undefined && !changes.deleted && <span>{t.edited}</span>}
      {changes.pending && <span role="status">{t.pending[changes.pending]}</span>}
      {changes.failed && (
        <span className={classes.failed} role="status" title={changes.failed.error || undefined}>
          <IconAlertCircle size={14} aria-hidden />
          {t.failed[changes.failed.what]}: {refusal(changes.failed.code, changes.failed.error)}
        </span>
      )}
    </>
  )
}
