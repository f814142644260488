import type { QueueLive } from '../api/types'
import { useFormat, useText } from '../i18n'
import { reportsText } from '../i18n/reports'
import classes from './Live.module.css'

/** How many wait; those with a priority are marked, and listed when one points at the number. */
export function WaitingCount({ queue }: { queue: QueueLive }) {
  const t = useText(reportsText)
  const format = useFormat()
  const byPriority = Object.entries(queue.waiting_by_priority ?? {})
    .map(([priority, n]) => [Number(priority), n] as const)
    .sort((a, b) => b[0] - a[0])
  const urgent = byPriority.filter(([priority]) => priority > 0)
  const list = byPriority.map(([priority, n]) => t.live.priority(format.number(priority), format.number(n)))
  return (
    <span className={queue.waiting === 0 ? classes.zero : undefined} title={urgent.length > 0 ? t.live.priorities(format.list(list)) : undefined}>
      {urgent.length > 0 && (
        <span className={classes.urgent} aria-hidden>
          {format.number(urgent.reduce((sum, [, n]) => sum + n, 0))}
        </span>
      )}
      {format.number(queue.waiting)}
      {urgent.length > 0 && <span className="sx-hidden"> ({format.list(list)})</span>}
    </span>
  )
}
