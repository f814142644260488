import { useState } from 'react'
import { DataTable, type Column } from '../admin/kit/DataTable'
import { matchesSearch } from '../admin/kit/sort'
import type { AgentLive, Live, Numbers, QueueLive, Today } from '../api/types'
import { useFormat, useLocalText, useText } from '../i18n'
import { reportsText } from '../i18n/reports'
import { supervisorText } from '../i18n/supervisor'
import { useReasonText } from '../reports/Breakdown'
import { useMetricText, type Metric } from '../reports/metrics'
import { useMetricColumn } from '../reports/useMetricColumn'
import { Avatar } from '../ui/Avatar'
import classes from './Live.module.css'
import { Find, LiveSection } from './QueueTable'

type Row<Now> = { now: Now; numbers: Numbers }

/** From how much room on a column is shown. */
type Shown = readonly [Metric, Column<unknown>['from']?]

const ofQueues: readonly Shown[] = [
  ['entered'],
  ['answered', 'tablet'],
  ['service_level'],
  ['answer_s', 'tablet'],
  ['answer_p95_s', 'desktop'],
  ['abandoned', 'tablet'],
  ['to_offer_s', 'wide'],
  ['offered', 'desktop'],
  ['rejected', 'desktop'],
  ['missed', 'desktop'],
  ['handle_s', 'tablet'],
  ['wrapup_s', 'wide'],
  ['transfers', 'wide'],
  ['parked', 'wide'],
]

const ofAgents: readonly Shown[] = [
  ['handled'],
  ['offered', 'tablet'],
  ['accepted', 'desktop'],
  ['rejected', 'tablet'],
  ['missed'],
  ['to_accept_s', 'tablet'],
  ['handle_s', 'tablet'],
  ['wrapup_s', 'desktop'],
  ['staffed_s', 'desktop'],
  ['occupancy'],
  ['concurrency', 'wide'],
]

function joined<Now extends { id: string }>(now: readonly Now[], today: readonly { id: string; numbers: Numbers }[]): Row<Now>[] {
  const numbers = new Map(today.map((entry) => [entry.id, entry.numbers]))
  return now.flatMap((entry) => {
    const found = numbers.get(entry.id)
    return found ? [{ now: entry, numbers: found }] : []
  })
}

type Props = { live: Live | undefined; today: Today | undefined; selected: string | undefined }

export function TodayQueues({ live, today, selected }: Props) {
  const t = useText(reportsText)
  const { queues } = useText(supervisorText)
  const local = useLocalText()
  const format = useFormat()
  const write = useMetricText()
  const column = useMetricColumn<Row<QueueLive>>()
  const [search, setSearch] = useState('')
  const all = joined(live?.queues ?? [], today?.queues ?? [])
  const rows = all.filter(({ now }) => matchesSearch(search, now.id, now.name.en, now.name.ko))
  const columns: Column<Row<QueueLive>>[] = [
    { id: 'name', header: queues.queue, width: '15%', cell: ({ now }) => <span className={classes.name}>{local(now.name)}</span>, sort: ({ now }) => local(now.name) },
    ...ofQueues.map(([metric, from]) => column(metric, { ...(from ? { from } : {}), ...(metric === 'rejected' ? rejectedColumn : {}) })),
  ]
  return (
    <LiveSection title={t.live.queues} count={format.number(all.length)} tools={all.length > 5 && <Find label={queues.find} value={search} onChange={setSearch} />}>
      {rows.length > 0 ? (
        <div className={classes.wrapping}>
          <DataTable
            label={t.live.queues}
            rows={rows}
            columns={columns}
            id={({ now }) => now.id}
            to={({ now }) => `/supervisor?numbers=today&queue=${encodeURIComponent(now.id)}`}
            selected={selected}
            sort={{ column: 'name', direction: 'asc' }}
            phone={({ numbers }) => `${t.metrics.answer_s.name} ${write('answer_s', numbers.answer_s)} · ${t.metrics.abandoned.name} ${format.number(numbers.abandoned)}`}
            steady
          />
        </div>
      ) : (
        live && today && <p className={classes.empty}>{all.length === 0 ? queues.none : queues.noMatch}</p>
      )}
    </LiveSection>
  )
}

export function TodayAgents({ live, today, selected }: Props) {
  const t = useText(reportsText)
  const { agents } = useText(supervisorText)
  const format = useFormat()
  const column = useMetricColumn<Row<AgentLive>>()
  const [search, setSearch] = useState('')
  const all = joined(live?.agents ?? [], today?.agents ?? [])
  const rows = all.filter(({ now }) => matchesSearch(search, now.name))
  const columns: Column<Row<AgentLive>>[] = [
    {
      id: 'name',
      header: agents.agent,
      width: '19%',
      cell: ({ now }) => (
        <span className={classes.agent}>
          <Avatar name={now.name} seed={now.id} size={28} />
          <span className={classes.name}>{now.name}</span>
        </span>
      ),
      sort: ({ now }) => now.name,
    },
    ...ofAgents.map(([metric, from]) => column(metric, { ...(from ? { from } : {}), ...(metric === 'rejected' ? rejectedColumn : {}) })),
  ]
  return (
    <LiveSection title={t.live.agents} count={format.number(all.length)} tools={<Find label={agents.find} value={search} onChange={setSearch} />}>
      {rows.length > 0 ? (
        <div className={classes.wrapping}>
          <DataTable
            label={t.live.agents}
            rows={rows}
            columns={columns}
            id={({ now }) => now.id}
            to={({ now }) => `/supervisor?numbers=today&agent=${now.id}`}
            selected={selected}
            sort={{ column: 'handled', direction: 'desc' }}
            dim={({ now }) => !now.state.connected}
            phone={({ numbers }) => `${t.metrics.offered.name} ${format.number(numbers.offered)} · ${t.metrics.rejected.name} ${format.number(numbers.rejected)}`}
            steady
          />
        </div>
      ) : (
        live && today && <p className={classes.empty}>{all.length === 0 ? agents.none : agents.noMatch}</p>
      )}
    </LiveSection>
  )
}

/** Rejections say why when one points at them. */
const rejectedColumn = { cell: ({ numbers }: { numbers: Numbers }) => <Rejected numbers={numbers} /> }

function Rejected({ numbers }: { numbers: Numbers }) {
  const format = useFormat()
  const reason = useReasonText()
  const why = Object.entries(numbers.rejected_by ?? {}).map(([code, n]) => `${reason(code)}: ${format.number(n)}`)
  return (
    <span className={numbers.rejected === 0 ? classes.zero : undefined} title={why.join('\n') || undefined}>
      {format.number(numbers.rejected)}
      {why.length > 0 && <span className="sx-hidden"> ({why.join(', ')})</span>}
    </span>
  )
}
