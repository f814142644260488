import { UnstyledButton } from '@mantine/core'
import { IconAlertCircle, IconBook2, IconCheck, IconChecks, IconClock, IconHelpCircle } from '@tabler/icons-react'
import { memo, type ReactNode } from 'react'
import type { ConversationEvent, Delivery } from '../api/types'
import { useFormat, useText } from '../i18n'
import { conversationText } from '../i18n/conversation'
import { languageOf } from '../lib/script'
import { Attachments } from './Attachments'
import { bodyOf, sideOf, type MessageBody } from './bodies'
import { EmailHead, EmailMore } from './EmailParts'
import { LinkedText } from './LinkedText'
import classes from './Message.module.css'

type Props = {
  event: ConversationEvent
  head: boolean
  /** Of the conversation; empty when unknown. */
  language: string
  /** The label of the reply the customer tapped. */
  chosen: string | undefined
  customerName: string
  meId: string
  /** Sends a failed message again; absent when I may not. */
  retry?: ((eventId: string) => void) | undefined
}

/** One message as a bubble: customers at the left, everybody of ours at the right. */
export const MessageRow = memo(function MessageRow({ event, language, head, chosen, customerName, meId, retry }: Props) {
  const t = useText(conversationText)
  const format = useFormat()
  const body = bodyOf<MessageBody>(event)
  const from = sideOf(event)
  const text = body.text ?? chosen
  const names = {
    customer: customerName,
    agent: event.actor.id === meId ? t.you : (event.actor.name ?? t.somebody),
    bot: t.bot,
    system: t.system,
  }
  return (
    <div className={classes.row} data-from={from} data-head={head} data-testid="message" data-id={event.id}>
      {head && (
        <div className={classes.sender}>
          <span className={classes.senderName}>{names[from]}</span>
        </div>
      )}
      <div className={classes.bubble}>
        {body.email && <EmailHead email={body.email} />}
        {body.unsupported && <p className={classes.unsupported}>{t.unsupported(body.unsupported.type ?? '')}</p>}
        {text && (
          <p className={classes.text} lang={languageOf(text, language)}>
            <LinkedText text={text} />
          </p>
        )}
        {body.email && <EmailMore email={body.email} />}
        {body.attachments && body.attachments.length > 0 && <Attachments attachments={body.attachments} />}
        {body.article && (
          <p className={classes.article}>
            <IconBook2 size={14} aria-hidden />
            {t.article} “{body.article.title}”
          </p>
        )}
      </div>
      {body.options && body.options.length > 0 && (
        <ul className={classes.options} aria-label={t.options}>
          {body.options.map((option) => (
            <li key={option.id}>{option.label}</li>
          ))}
        </ul>
      )}
      <Foot failed={event.delivery?.status === 'failed'}>
        {body.choice && <span>{t.chose}</span>}
        {event.kind === 'customer.automatic' && <span>{t.automatic}</span>}
        <time dateTime={event.at} title={format.dateTime(event.at)}>
          {format.time(event.at)}
        </time>
        {event.delivery && from !== 'customer' && <DeliveryMark delivery={event.delivery} />}
        {event.delivery?.status === 'failed' && retry && (
          <UnstyledButton className={classes.retry} onClick={() => retry(event.id)}>
            {t.retry}
          </UnstyledButton>
        )}
      </Foot>
    </div>
  )
})

function Foot({ failed, children }: { failed: boolean; children: ReactNode }) {
  return (
    <div className={classes.foot} data-failed={failed}>
      {children}
    </div>
  )
}

export function DeliveryMark({ delivery }: { delivery: Delivery }) {
  const t = useText(conversationText)
  const words = t.delivery[delivery.status]
  switch (delivery.status) {
    case 'failed':
      return (
        <span className={classes.failed}>
          <IconAlertCircle size={14} aria-hidden />
          {words}
          {delivery.error && `: ${delivery.error}`}
        </span>
      )
    case 'unconfirmed':
      return (
        <span className={classes.unconfirmed}>
          <IconHelpCircle size={14} aria-hidden />
          {words}
        </span>
      )
    default: {
      const Mark = delivery.status === 'queued' ? IconClock : delivery.status === 'sent' ? IconCheck : IconChecks
      return (
        <span className={classes.mark} data-status={delivery.status} title={words}>
          <Mark size={15} stroke={2} aria-hidden />
          <span className="sx-hidden">{words}</span>
        </span>
      )
    }
  }
}
