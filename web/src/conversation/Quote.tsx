import { UnstyledButton } from '@mantine/core'
import type { ConversationEvent } from '../api/types'
import { useText } from '../i18n'
import { conversationText } from '../i18n/conversation'
import { bodyOf, sideOf, type MessageBody } from './bodies'
import type { MessageChanges } from './changes'
import classes from './Parts.module.css'
import { readReferral } from './referral'

/** A message that is answered, as far as it is known here. */
export type Answered = { event?: ConversationEvent | undefined; changes?: MessageChanges | undefined }

type Props = { answered: Answered; customerName: string; meId: string; open?: (() => void) | undefined }

/** The message that another one answers, in two lines. */
export function Quote({ answered: { event, changes }, customerName, meId, open }: Props) {
  const t = useText(conversationText)
  const names = useSenderNames(customerName, meId)
  const content = (
    <>
      <span className="sx-hidden">{t.quote.answers}</span>
      {event && <span className={classes.quoteWho}>{names(event)}</span>}
      <span className={classes.quoteText}>{event ? <QuotedWords event={event} changes={changes} /> : t.quote.earlier}</span>
    </>
  )
  if (!event || !open) {
    return (
      <div className={classes.quote} data-testid="quote">
        {content}
      </div>
    )
  }
  return (
    <UnstyledButton className={classes.quote} data-testid="quote" onClick={open}>
      {content}
    </UnstyledButton>
  )
}

function QuotedWords({ event, changes }: { event: ConversationEvent; changes: MessageChanges | undefined }) {
  const t = useText(conversationText)
  const body = bodyOf<MessageBody>(event)
  if (changes?.deleted) return t.changes.deleted
  const referral = readReferral(body.referral)
  const file = body.attachments?.[0]?.name ?? body.location?.name ?? body.cards?.[0]?.name
  return changes?.text ?? body.text ?? file ?? body.choice ?? (referral ? t.referral.kind[referral.kind] : t.empty)
}

/** Who wrote a message, in words. */
export function useSenderNames(customerName: string, meId: string): (event: ConversationEvent) => string {
  const t = useText(conversationText)
  return (event) => {
    switch (sideOf(event)) {
      case 'customer':
        return customerName
      case 'agent':
        return event.actor.id === meId ? t.you : (event.actor.name ?? t.somebody)
      case 'staff':
        return event.actor.name ?? t.staff
      case 'bot':
        return t.bot
      case 'system':
        return t.system
    }
  }
}
