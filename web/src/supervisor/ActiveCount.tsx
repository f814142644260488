import type { AgentLive } from '../api/types'
import { useFormat, useText } from '../i18n'
import { reportsText } from '../i18n/reports'
import { ChannelIcon, useChannelName } from '../ui/ChannelIcon'
import classes from './Live.module.css'

/** How many conversations an agent is in; with marks of the channels where there are several. */
export function ActiveCount({ agent }: { agent: AgentLive }) {
  const t = useText(reportsText)
  const format = useFormat()
  const channelName = useChannelName()
  const channels = Object.entries(agent.channels ?? {}).sort((a, b) => a[0].localeCompare(b[0]))
  const words = channels.map(([kind, n]) => `${channelName(kind)} ${format.number(n)}`).join(', ')
  return (
    <span className={agent.active === 0 ? classes.zero : undefined} title={words ? `${t.live.channels}: ${words}` : undefined}>
      {channels.length > 1 && (
        <span className={classes.channels} aria-hidden>
          {channels.map(([kind]) => (
            <ChannelIcon key={kind} kind={kind} size={13} />
          ))}
        </span>
      )}
      {format.number(agent.active)}
      {words && <span className="sx-hidden"> ({words})</span>}
    </span>
  )
}
