import { UnstyledButton } from '@mantine/core'
import { IconAlertCircle, IconBook2, IconCheck, IconChecks, IconClock, IconHelpCircle } from '@tabler/icons-react'
import { lazy, memo, Suspense, type ReactNode } from 'react'
import type { ConversationEvent, Delivery } from '../api/types'
import { useFormat, useText } from '../i18n'
import { conversationText } from '../i18n/conversation'
import { languageOf } from '../lib/script'
import { useRefusalText } from '../ui/useRefusalText'
import { Attachments } from './Attachments'
import { bodyOf, sideOf, type MessageBody } from './bodies'
import type { MessageChanges } from './changes'
import { EmailHead, EmailMore } from './EmailParts'
import { LinkedText } from './LinkedText'
import classes from './Message.module.css'
import { ChangeMarks, Reactions } from './MessageMarks'
import { PersonCard, PlaceCard } from './PlaceCards'
import { Quote, useSenderNames, type Answered } from './Quote'
import { readReferral } from './referral'
import { ReferralCard } from './ReferralCard'
import { canChange, type MessageActs } from './messageActs'

const MessageTools = lazy(() => import('./MessageTools'))

type Props = {
  event: ConversationEvent
  head: boolean
  /** Of the conversation; empty when unknown. */
  language: string
  /** The label of the reply the customer tapped. */
  chosen: string | undefined
  customerName: string
  meId: string
  changes: MessageChanges | undefined
  /** What I may do with messages; absent when nothing. */
  acts?: MessageActs | undefined
  /** The channel is down or paused: what is on its way waits. */
  waits?: boolean
  /** What it answers, and takes one there. */
  answered?: Answered | undefined
  openAnswered?: ((seq: number) => void) | undefined
}

/** One message as a bubble: customers at the left, everybody of ours at the right. */
export const MessageRow = memo(function MessageRow({ event, language, head, chosen, customerName, meId, changes, acts, waits = false, answered, openAnswered }: Props) {
  const t = useText(conversationText)
  const format = useFormat()
  const body = bodyOf<MessageBody>(event)
  const from = sideOf(event)
  const attachments = body.attachments?.map((one) => changes?.files?.findLast((file) => file.id === one.id) ?? one)
  const text = changes?.text ?? body.text ?? chosen
  const names = useSenderNames(customerName, meId)
  const referral = readReferral(body.referral)
  const empty = !text && !attachments?.length && !referral && !body.email && !body.unsupported && !body.location && !body.cards?.length && !body.article
  const quoted = answered?.event?.seq
  return (
    <div className={classes.row} data-from={from} data-head={head} data-testid="message" data-id={event.id}>
      {head && (
        <div className={classes.sender}>
          <span className={classes.senderName}>{names(event)}</span>
        </div>
      )}
      <div className={classes.line}>
        <div className={classes.bubble} data-deleted={changes?.deleted}>
          {changes?.deleted ? (
            <p className={classes.gone}>{t.changes.deleted}</p>
          ) : (
            <>
              {answered && <Quote answered={answered} customerName={customerName} meId={meId} open={quoted && openAnswered ? () => openAnswered(quoted) : undefined} />}
              {referral && <ReferralCard referral={referral} />}
              {body.email && <EmailHead email={body.email} />}
              {body.unsupported && <p className={classes.unsupported}>{t.unsupported(body.unsupported.type ?? '')}</p>}
              {text && (
                <p className={classes.text} lang={languageOf(text, language)}>
                  <LinkedText text={text} />
                </p>
              )}
              {body.email && <EmailMore email={body.email} />}
              {body.location && <PlaceCard place={body.location} />}
              {body.cards?.map((card, index) => (
                <PersonCard key={index} card={card} />
              ))}
              {attachments && attachments.length > 0 && <Attachments attachments={attachments} />}
              {empty && <p className={classes.unsupported}>{t.empty}</p>}
              {body.article && (
                <p className={classes.article}>
                  <IconBook2 size={14} aria-hidden />
                  {t.article} “{body.article.title}”
                </p>
              )}
            </>
          )}
        </div>
        {acts && canChange(event, changes, acts, meId).any && (
          <Suspense fallback={null}>
            <MessageTools event={event} text={text ?? ''} changes={changes} acts={acts} meId={meId} />
          </Suspense>
        )}
      </div>
      {changes && <Reactions reactions={changes.reactions} customer={customerName} />}
      {!changes?.deleted && body.options && body.options.length > 0 && (
        <ul className={classes.options} aria-label={t.options}>
          {body.options.map((option) => (
            <li key={option.id}>{option.label}</li>
          ))}
        </ul>
      )}
      <Foot failed={event.delivery?.status === 'failed'}>
        {body.choice && <span>{t.chose}</span>}
        {event.kind === 'customer.automatic' && !referral && <span>{t.automatic}</span>}
        {from === 'staff' && <span>{t.elsewhere}</span>}
        <time dateTime={event.at} title={format.dateTime(event.at)}>
          {format.time(event.at)}
        </time>
        {changes && <ChangeMarks changes={changes} />}
        {event.delivery && from !== 'customer' && !changes?.deleted && <DeliveryMark delivery={event.delivery} waits={waits} />}
        {event.delivery?.status === 'unconfirmed' && acts && !changes?.deleted && (
          <UnstyledButton className={classes.retry} data-testid="confirm-message" onClick={() => acts.confirm(event.id)}>
            {t.confirm}
          </UnstyledButton>
        )}
        {(event.delivery?.status === 'failed' || event.delivery?.status === 'unconfirmed') && acts && !changes?.deleted && (
          <UnstyledButton className={classes.retry} data-testid="retry-message" onClick={() => acts.retry(event.id)}>
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

export function DeliveryMark({ delivery, waits = false }: { delivery: Delivery; waits?: boolean }) {
  const t = useText(conversationText)
  const refusal = useRefusalText()
  const waiting = waits && delivery.status === 'queued'
  const words = waiting ? t.waits : t.delivery[delivery.status]
  switch (delivery.status) {
    case 'failed':
      return (
        <span className={classes.failed} title={delivery.error}>
          <IconAlertCircle size={14} aria-hidden />
          {words}: {refusal(delivery.code, delivery.error)}
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
          <span className={waiting ? undefined : 'sx-hidden'}>{words}</span>
        </span>
      )
    }
  }
}
