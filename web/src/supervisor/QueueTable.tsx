import { CloseButton, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { DataTable, type Column } from '../admin/kit/DataTable'
import { matchesSearch } from '../admin/kit/sort'
import type { Live, QueueLive, Today } from '../api/types'
import { useFormat, useLocalText, useText } from '../i18n'
import { adminText } from '../i18n/admin'
import { slaText } from '../i18n/sla'
import { supervisorText } from '../i18n/supervisor'
import { SlaCounts } from '../sla/SlaCounts'
import classes from './Live.module.css'
import { Since } from '../ui/Since'
import { QueueControls, QueueMarks } from './QueueControls'
import { useTodayColumns } from './useTodayColumns'
import { WaitingCount } from './WaitingCount'

type NumberKey = 'waiting' | 'offered' | 'active' | 'wrapping' | 'parked' | 'agents_free' | 'agents_available' | 'agents_connected'

export function QueueTable({ live, today, selected }: { live: Live | undefined; today: Today | undefined; selected: string | undefined }) {
  const t = useText(supervisorText)
  const local = useLocalText()
  const format = useFormat()
  const sla = useText(slaText)
  const [search, setSearch] = useState('')
  const todayColumns = useTodayColumns(today)

  const count = (key: NumberKey, header: string, help: string, extra: Partial<Column<QueueLive>> = {}): Column<QueueLive> => ({
    id: key,
    header,
    help,
    align: 'end',
    first: 'desc',
    cell: (queue) => <Count value={queue[key]} alarming={key === 'agents_free' && queue.agents_free === 0 && queue.waiting > 0} />,
    sort: (queue) => queue[key],
    ...extra,
  })

  // Where more columns begin to be shown, their widths leave a queue's name at least 130 pixels; headers break into lines.
  const columns: Column<QueueLive>[] = [
    {
      id: 'name',
      header: t.queues.queue,
      cell: (queue) => (
        <span className={classes.queue}>
          <span className={classes.dot} data-state={queue.paused ? 'bad' : queue.draining ? 'away' : queue.open ? 'on' : 'off'} />
          <span className={classes.name}>{local(queue.name)}</span>
          <QueueMarks queue={queue} />
        </span>
      ),
      sort: (queue) => local(queue.name),
    },
    count('waiting', t.queues.waiting, t.queues.waitingHelp, { width: '72px', cell: (queue) => <WaitingCount queue={queue} /> }),
    {
      id: 'longest',
      header: t.queues.longest,
      align: 'end',
      first: 'desc',
      width: '84px',
      cell: (queue) => <Since since={queue.longest_waiting_since} warm />,
      sort: (queue) => (queue.longest_waiting_since ? -Date.parse(queue.longest_waiting_since) : undefined),
    },
    {
      id: 'estimate',
      header: t.queues.estimate,
      help: t.queues.estimateHelp,
      align: 'end',
      first: 'desc',
      from: 'desktop',
      width: '78px',
      cell: (queue) => (queue.estimated_wait_s ? format.duration(queue.estimated_wait_s * 1000) : <span className={classes.zero}>–</span>),
      sort: (queue) => queue.estimated_wait_s,
    },
    {
      id: 'sla',
      header: sla.live.column,
      help: sla.live.columnHelp,
      align: 'end',
      first: 'desc',
      from: 'tablet',
      width: '72px',
      cell: (queue) => <SlaCounts warned={queue.sla_warned} breached={queue.sla_breached} />,
      sort: (queue) => queue.sla_breached * 100_000 + queue.sla_warned,
    },
    count('offered', t.queues.offered, t.queues.offeredHelp, { from: 'desktop', width: '70px' }),
    count('active', t.queues.active, t.queues.activeHelp, { from: 'tablet', width: '64px' }),
    count('wrapping', t.queues.wrapping, t.queues.wrappingHelp, { from: 'desktop', width: '70px' }),
    count('parked', t.queues.parked, t.queues.parkedHelp, { from: 'desktop', width: '64px' }),
    count('agents_free', t.queues.free, t.queues.freeHelp, { width: '60px' }),
    count('agents_available', t.queues.available, t.queues.availableHelp, { from: 'tablet', width: '76px' }),
    count('agents_connected', t.queues.connected, t.queues.connectedHelp, { from: 'wide', width: '84px' }),
    ...todayColumns,
    { id: 'control', header: t.control.column, quiet: true, align: 'end', width: '52px', cell: (queue) => <QueueControls queue={queue} /> },
  ]

  const all = live?.queues ?? []
  const rows = all.filter((queue) => matchesSearch(search, queue.id, queue.name.en, queue.name.ko))
  return (
    <LiveSection title={t.queues.title} count={format.number(all.length)} tools={all.length > 5 && <Find label={t.queues.find} value={search} onChange={setSearch} />}>
      {rows.length > 0 ? (
        <div className={classes.wrapping}>
          <DataTable
            label={t.queues.title}
            rows={rows}
            columns={columns}
            id={(queue) => queue.id}
            to={(queue) => `/supervisor?queue=${encodeURIComponent(queue.id)}`}
            selected={selected}
            sort={{ column: 'name', direction: 'asc' }}
            phone={(queue) => t.queues.summary(format.number(queue.active), format.number(queue.wrapping), format.number(queue.parked))}
            steady
          />
        </div>
      ) : (
        live && <p className={classes.empty}>{all.length === 0 ? t.queues.none : t.queues.noMatch}</p>
      )}
    </LiveSection>
  )
}

/** Zeros step back, so that what is going on stands out. */
export function Count({ value, alarming = false }: { value: number; alarming?: boolean }) {
  const format = useFormat()
  return <span className={alarming ? classes.alarm : value === 0 ? classes.zero : undefined}>{format.number(value)}</span>
}

type SectionProps = { title: string; count: string; tools?: ReactNode; children: ReactNode }

export function LiveSection({ title, count, tools, children }: SectionProps) {
  return (
    <section className={classes.section} aria-label={title}>
      <div className={classes.bar}>
        <h2 className={classes.title}>
          {title}
          <span className={classes.count}>{count}</span>
        </h2>
        {tools}
      </div>
      {children}
    </section>
  )
}

export function Find({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const t = useText(adminText)
  return (
    <TextInput
      className={classes.find}
      size="xs"
      aria-label={label}
      placeholder={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      leftSection={<IconSearch size={14} aria-hidden />}
      rightSection={value ? <CloseButton size="xs" aria-label={t.list.clearSearch} onClick={() => onChange('')} /> : undefined}
    />
  )
}
