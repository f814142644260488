import { IconStack2 } from '@tabler/icons-react'
import { useState } from 'react'
import { useQueues } from '../../api/queries'
import type { Queue } from '../../api/types'
import { useFormat, useLocalText, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { DataTable, type Column } from '../kit/DataTable'
import { EditorGone, EditorWaits } from '../kit/EditorForm'
import { EditorHost } from '../kit/EditorHost'
import { List, Page, Search } from '../kit/Page'
import { matchesSearch } from '../kit/sort'
import text from '../kit/text.module.css'
import { useEntry } from '../kit/useEntry'
import { usePeople } from '../kit/usePeople'
import { isAlwaysOpen, ranges } from './hours'
import { QueueEditor } from './QueueEditor'

const path = '/admin/queues'

export function QueuesPage() {
  const t = useText(adminText)
  const local = useLocalText()
  const format = useFormat()
  const queues = useQueues()
  const people = usePeople()
  const { id, close, to } = useEntry(path)
  const [search, setSearch] = useState('')

  const members = (queue: Queue) => people.data?.filter((person) => person.active && queue.id in person.queues).length ?? 0
  const hours = (queue: Queue) => {
    if (isAlwaysOpen(queue.hours)) return t.queues.alwaysOpen
    const { shortDays } = t.queues
    const lines = ranges(queue.hours).map(({ days, spans }) => {
      const [first, last] = [days[0], days.at(-1)]
      const name = first && last ? (first === last ? shortDays[first] : `${shortDays[first]}–${shortDays[last]}`) : ''
      return `${name} ${spans.map(([from, to]) => `${from}–${to}`).join(', ')}`
    })
    return lines.length > 0 ? lines.join(' · ') : t.queues.neverOpen
  }
  const state = (queue: Queue) => (
    <span className={text.nowrap}>
      <span className={text.dot} data-on={queue.open === true} />
      {queue.open ? t.queues.open : t.queues.closed}
    </span>
  )

  const columns: Column<Queue>[] = [
    { id: 'name', header: t.queues.name, width: '22%', cell: (queue) => <span className={text.strong}>{local(queue.name)}</span>, sort: (queue) => local(queue.name) },
    { id: 'id', header: t.editor.id, width: '9%', cell: (queue) => <span className={text.mono}>{queue.id}</span>, from: 'desktop' },
    { id: 'state', header: t.queues.state, width: '130px', cell: state, sort: (queue) => queue.open === true, first: 'desc' },
    {
      id: 'hours',
      header: t.queues.hours,
      from: 'tablet',
      cell: (queue) => (
        <>
          {hours(queue)} <span className={text.off}>{isAlwaysOpen(queue.hours) ? '' : queue.time_zone}</span>
        </>
      ),
    },
    {
      id: 'offer',
      header: t.queues.offerTimeout,
      align: 'end',
      width: '110px',
      from: 'desktop',
      cell: (queue) => format.duration(queue.offer_timeout_s * 1000),
      sort: (queue) => queue.offer_timeout_s,
    },
    {
      id: 'wrapup',
      header: t.queues.wrapup,
      align: 'end',
      width: '110px',
      from: 'desktop',
      cell: (queue) => format.duration(queue.wrapup_s * 1000),
      sort: (queue) => queue.wrapup_s,
    },
    { id: 'members', header: t.queues.members, align: 'end', width: '110px', cell: (queue) => format.number(members(queue)), sort: members, first: 'desc' },
  ]

  return (
    <Page
      title={t.queues.title}
      about={t.queues.about}
      add={{ label: t.queues.add, to: to('new') }}
      tools={<Search value={search} onChange={setSearch} label={t.queues.search} />}
    >
      <List
        query={queues}
        rows={(all) => all.filter((queue) => matchesSearch(search, queue.id, queue.name.en, queue.name.ko))}
        total={(all) => all.length}
        onClear={() => setSearch('')}
        empty={{ icon: IconStack2, title: t.queues.empty, help: t.queues.emptyHelp, action: { label: t.queues.add, to: to('new') } }}
      >
        {(rows) => (
          <DataTable
            label={t.queues.title}
            rows={rows}
            columns={columns}
            id={(queue) => queue.id}
            to={(queue) => to(queue.id)}
            selected={id}
            sort={{ column: 'name', direction: 'asc' }}
            phone={hours}
          />
        )}
      </List>
      <EditorHost id={id} onClose={close} size={720}>
        {(shown) => {
          if (!queues.data) return <EditorWaits query={queues} />
          const queue = queues.data.find((entry) => entry.id === shown)
          if (!queue && shown !== 'new') return <EditorGone />
          return <QueueEditor queue={queue} queues={queues.data} />
        }}
      </EditorHost>
    </Page>
  )
}
