import type { Conversation } from '../api/types'
import { useFormat } from '../i18n'
import { usePreviewText } from '../inbox/usePreviewText'
import { ChannelIcon, useChannelName } from '../ui/ChannelIcon'
import { PhaseBadge } from '../ui/PhaseBadge'
import classes from './Panel.module.css'

/** A conversation in two lines: channel, state, day; newest message. */
export function ConversationCard({ conversation: c }: { conversation: Conversation }) {
  const text = usePreviewText()
  const format = useFormat()
  const channelName = useChannelName()
  const at = c.last_message_at ?? c.opened_at
  return (
    <>
      <span className={classes.earlierHead}>
        <ChannelIcon kind={c.channel.kind} size={14} />
        <span className="sx-hidden">{channelName(c.channel.kind)}</span>
        <PhaseBadge phase={c.phase} />
        {c.agent?.name}
        <time dateTime={at} title={format.dateTime(at)}>
          {format.short(at)}
        </time>
      </span>
      <span className={classes.earlierPreview}>{text(c)}</span>
    </>
  )
}
