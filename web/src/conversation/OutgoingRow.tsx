import { UnstyledButton } from '@mantine/core'
import { IconAlertCircle, IconClock, IconLock, IconWifiOff } from '@tabler/icons-react'
import { ApiError } from '../api/errors'
import type { Outgoing } from '../composer/outbox'
import { useText } from '../i18n'
import { conversationText } from '../i18n/conversation'
import { languageOf } from '../lib/script'
import { useErrorText } from '../ui/useErrorText'
import { Attachments } from './Attachments'
import { LinkedText } from './LinkedText'
import classes from './Message.module.css'
import { Quote, type Answered } from './Quote'
import { useWorkspace } from './workspace'

type Props = { message: Outgoing; head: boolean; answered: Answered | undefined; customerName: string; meId: string }

/** What I have just written, until it is in the log. */
export function OutgoingRow({ message, head, answered, customerName, meId }: Props) {
  const t = useText(conversationText)
  if (message.kind === 'note') {
    return (
      <div className={classes.note}>
        <div className={classes.noteBox}>
          <div className={classes.noteHead}>
            <IconLock size={13} aria-hidden />
            <strong>{t.note}</strong>
            <span>{t.you}</span>
          </div>
          <p className={`${classes.text} ${classes.pendingText}`} lang={languageOf(message.text)}>
            <LinkedText text={message.text} />
          </p>
          <State message={message} />
        </div>
      </div>
    )
  }
  return (
    <div className={classes.row} data-from="agent" data-head={head} data-testid="outgoing" data-state={message.state}>
      <div className={classes.bubble}>
        {answered && <Quote answered={answered} customerName={customerName} meId={meId} />}
        {message.text && (
          <p className={`${classes.text} ${classes.pendingText}`} lang={languageOf(message.text)}>
            <LinkedText text={message.text} />
          </p>
        )}
        {message.attachments.length > 0 && <Attachments attachments={message.attachments} />}
      </div>
      {message.options && message.options.length > 0 && (
        <ul className={classes.options} aria-label={t.options}>
          {message.options.map((label) => (
            <li key={label}>{label}</li>
          ))}
        </ul>
      )}
      <State message={message} />
    </div>
  )
}

function State({ message }: { message: Outgoing }) {
  const t = useText(conversationText)
  const errorText = useErrorText()
  const { outbox } = useWorkspace()
  if (message.state === 'failed') {
    return (
      <div className={classes.foot} role="alert">
        <span className={classes.failed}>
          <IconAlertCircle size={14} aria-hidden />
          {t.pending.failed}
          {message.problem && `: ${errorText(new ApiError(message.problem))}`}
        </span>
        <UnstyledButton className={classes.retry} onClick={() => outbox.retry(message.id)}>
          {t.retry}
        </UnstyledButton>
        <UnstyledButton className={classes.retry} onClick={() => outbox.discard(message.id)}>
          {t.pending.discard}
        </UnstyledButton>
      </div>
    )
  }
  const Mark = message.state === 'waiting' ? IconWifiOff : IconClock
  return (
    <div className={classes.foot}>
      <span className={message.state === 'waiting' ? classes.unconfirmed : classes.mark}>
        <Mark size={14} aria-hidden />
        {message.state === 'waiting' ? t.pending.waiting : <span className="sx-hidden">{t.pending[message.state]}</span>}
      </span>
    </div>
  )
}
