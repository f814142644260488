import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { usePresences } from '../api/queries'
import type { Live, QueueLive } from '../api/types'
import { useFormat, useText } from '../i18n'
import { slaText } from '../i18n/sla'
import { supervisorText } from '../i18n/supervisor'
import classes from './Live.module.css'
import { Since } from '../ui/Since'

type Counted = 'waiting' | 'offered' | 'active' | 'wrapping' | 'parked' | 'sla_warned' | 'sla_breached'

function sum(queues: readonly QueueLive[], what: Counted): number {
  return queues.reduce((total, queue) => total + queue[what], 0)
}

/** Since when the one waits who waits longest. */
export function longestWaiting(queues: readonly QueueLive[]): string | undefined {
  return queues
    .map((queue) => queue.longest_waiting_since)
    .filter((since) => since !== undefined)
    .sort((a, b) => Date.parse(a) - Date.parse(b))[0]
}

/** Everything at a glance. Each number keeps its place and width whatever it shows. */
export function Totals({ live }: { live: Live | undefined }) {
  const t = useText(supervisorText)
  const sla = useText(slaText)
  const format = useFormat()
  const number = (value: number | undefined) => (value === undefined ? '–' : format.number(value))
  const queues = live?.queues
  const count = (what: Counted) => number(queues && sum(queues, what))
  const connected = live?.agents.filter((agent) => agent.state.connected)
  const presences = usePresences()
  const working = new Set(presences.data?.filter((presence) => presence.offers_work).map((presence) => presence.id) ?? ['available'])
  const available = connected?.filter((agent) => working.has(agent.state.presence))
  const offered = queues ? sum(queues, 'offered') : 0
  const breached = queues ? sum(queues, 'sla_breached') : 0

  return (
    <dl className={classes.totals} aria-label={t.live.totals}>
      <Total label={t.live.waiting} value={count('waiting')} note={offered > 0 ? t.live.offered(format.number(offered)) : undefined} />
      <Total label={t.live.longest} value={<Since since={queues && longestWaiting(queues)} warm />} />
      <Total label={t.live.active} value={count('active')} />
      <Total label={t.live.wrapping} value={count('wrapping')} />
      <Total label={t.live.parked} value={count('parked')} />
      <Total label={t.live.bot} value={number(live?.bot)} to="/supervisor/conversations?view=bot" />
      <Total
        label={t.live.attention}
        value={number(live?.attention)}
        to="/supervisor/conversations?view=attention"
        alarming={(live?.attention ?? 0) > 0}
      />
      <Total
        label={sla.live.total}
        value={number(queues && sum(queues, 'sla_warned') + breached)}
        note={breached > 0 ? sla.live.late(format.number(breached)) : undefined}
        to="/supervisor/conversations?view=open&sla=at_risk"
        alarming={breached > 0}
      />
      <Total label={t.live.agents} value={number(available?.length)} note={connected && t.live.ofConnected(number(connected.length))} />
    </dl>
  )
}

type TotalProps = { label: string; value: ReactNode; note?: string | undefined; to?: string; alarming?: boolean }

function Total({ label, value, note, to, alarming = false }: TotalProps) {
  return (
    <div className={classes.total} data-link={to ? true : undefined}>
      <dt>{label}</dt>
      <dd data-alarming={alarming || undefined}>
        {to ? (
          <Link to={to} className={classes.totalLink}>
            {value}
          </Link>
        ) : (
          value
        )}
        {note && <span className={classes.note}>{note}</span>}
      </dd>
    </div>
  )
}
