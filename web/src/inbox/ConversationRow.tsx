import { IconAlertTriangle, IconArrowBackUp, IconArrowsRightLeft, IconRobot } from '@tabler/icons-react'
import { memo } from 'react'
import { Link } from 'react-router'
import { useQueues } from '../api/queries'
import type { Conversation } from '../api/types'
import { useFormat, useLocalText, useText } from '../i18n'
import { inboxText } from '../i18n/inbox'
import { useMe } from '../session'
import { SlaMark } from '../sla/SlaMark'
import { Avatar } from '../ui/Avatar'
import { ChannelIcon, useChannelName } from '../ui/ChannelIcon'
import { PhaseBadge } from '../ui/PhaseBadge'
import { useContactName } from '../ui/useContactName'
import { WaitMark } from '../ui/WaitMark'
import classes from './Row.module.css'
import { usePreviewText } from './usePreviewText'

type Props = { conversation: Conversation; to: string; selected: boolean; now: number }

/** One conversation in a list: who, what they said last, how long they wait, where it stands. */
export const ConversationRow = memo(function ConversationRow({ conversation: c, to, selected, now }: Props) {
  const t = useText(inboxText)
  const format = useFormat()
  const name = useContactName()(c)
  const channelName = useChannelName()
  const unread = c.unread > 0
  return (
    <Link to={to} data-testid="conversation-row" data-id={c.id} data-phase={c.phase} className={classes.row} data-selected={selected} data-unread={unread} aria-current={selected ? 'true' : undefined}>
      <span className={classes.avatar} title={channelName(c.channel.kind)}>
        <Avatar name={c.contact.name} seed={c.contact.id} size={38} />
        <span className={classes.channel}>
          <ChannelIcon kind={c.channel.kind} size={13} />
        </span>
        <span className="sx-hidden">{channelName(c.channel.kind)}</span>
      </span>
      <span className={classes.body}>
        <span className={classes.line}>
          <span className={classes.name}>{name}</span>
          {c.sla?.due_at ? (
            <SlaMark sla={c.sla} />
          ) : c.waiting_since ? (
            <WaitMark since={c.waiting_since} now={now} />
          ) : (
            <span className={classes.time}>{format.short(c.last_message_at ?? c.opened_at, now)}</span>
          )}
        </span>
        <span className={classes.line}>
          <Preview conversation={c} />
          {unread && (
            <span className={classes.badge}>
              <span aria-hidden="true">{c.unread > 99 ? '99+' : c.unread}</span>
              <span className="sx-hidden">{t.unread(c.unread)}</span>
            </span>
          )}
        </span>
        <Meta conversation={c} now={now} />
      </span>
    </Link>
  )
})

function Preview({ conversation }: { conversation: Conversation }) {
  const t = useText(inboxText)
  const text = usePreviewText()
  const { preview_from: from, preview_kind: kind } = conversation
  return (
    <span className={classes.preview}>
      {from === 'agent' && (
        <>
          <IconArrowBackUp size={13} className={classes.from} aria-hidden />
          <span className="sx-hidden">{t.fromAgent}</span>
        </>
      )}
      {from === 'bot' && (
        <>
          <IconRobot size={13} className={classes.from} aria-hidden />
          <span className="sx-hidden">{t.fromBot}</span>
        </>
      )}
      {kind === 'deleted' ? <em>{text(conversation)}</em> : text(conversation)}
    </span>
  )
}

function Meta({ conversation: c, now }: { conversation: Conversation; now: number }) {
  const t = useText(inboxText)
  const me = useMe()
  const format = useFormat()
  const local = useLocalText()
  const { data: queues } = useQueues()
  const queue = queues?.find((one) => one.id === c.queue)
  const owner = c.agent && c.agent.id !== me.id ? c.agent.name : undefined
  return (
    <span className={classes.meta}>
      <PhaseBadge phase={c.phase} />
      {c.attention && (
        <span className={classes.attention} title={c.attention}>
          <IconAlertTriangle size={13} aria-hidden />
          <span className="sx-hidden">{t.attention}</span>
        </span>
      )}
      {c.transfer && (
        <span className={classes.attention} title={t.transferring}>
          <IconArrowsRightLeft size={13} aria-hidden />
          <span className="sx-hidden">{t.transferring}</span>
        </span>
      )}
      <span className={classes.queue}>
        {[c.phase === 'parked' && c.parked_until ? t.parkedUntil(format.stamp(c.parked_until, now)) : undefined, c.queue ? (queue ? local(queue.name) : c.queue) : undefined, owner]
          .filter(Boolean)
          .join(' · ')}
      </span>
      {c.sla && !c.sla.due_at && (
        <span className={classes.paused}>
          <SlaMark sla={c.sla} size={12} />
        </span>
      )}
    </span>
  )
}
