import { Switch } from '@mantine/core'
import { IconUsers } from '@tabler/icons-react'
import { useState } from 'react'
import { useQueues, useSkills } from '../../api/queries'
import type { Person } from '../../api/types'
import { useFormat, useLocalText, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { commonText } from '../../i18n/common'
import { useMe } from '../../session'
import { Avatar } from '../../ui/Avatar'
import { DataTable, type Column } from '../kit/DataTable'
import { EditorGone, EditorWaits } from '../kit/EditorForm'
import { EditorHost } from '../kit/EditorHost'
import { List, Page, Search } from '../kit/Page'
import { matchesSearch } from '../kit/sort'
import text from '../kit/text.module.css'
import { useEntry } from '../kit/useEntry'
import { useChannels, usePeople } from '../kit/usePeople'
import { PersonEditor } from './PersonEditor'

const path = '/admin/people'
const rank = { admin: 0, supervisor: 1, agent: 2 } as const

export function PeoplePage() {
  const t = useText(adminText)
  const common = useText(commonText)
  const local = useLocalText()
  const format = useFormat()
  const me = useMe()
  const people = usePeople()
  const queues = useQueues()
  const skills = useSkills()
  const channels = useChannels()
  const { id, close, to } = useEntry(path)
  const [search, setSearch] = useState('')
  const [inactive, setInactive] = useState(false)

  const queueName = (queue: string) => local(queues.data?.find((entry) => entry.id === queue)?.name) || queue
  const skillName = (skill: string) => local(skills.data?.find((entry) => entry.id === skill)?.label) || skill
  const byValue = (values: Record<string, number>, sign: number) => Object.entries(values).sort((a, b) => sign * (a[1] - b[1]))

  const columns: Column<Person>[] = [
    {
      id: 'name',
      header: t.people.name,
      width: '27%',
      cell: (person) => (
        <span className={text.person}>
          <Avatar name={person.name} seed={person.id} size={28} />
          <span>
            <span className={text.strong}>
              {person.name}
              {person.id === me.id && <span className={text.off}> ({t.people.you})</span>}
            </span>
            <span className={`${text.under ?? ''} ${text.cut ?? ''}`}>{person.email}</span>
          </span>
        </span>
      ),
      sort: (person) => person.name,
    },
    {
      id: 'role',
      header: t.people.role,
      width: '108px',
      cell: (person) => (person.active ? common.role[person.role] : <span className={text.off}>{t.people.inactive}</span>),
      sort: (person) => rank[person.role],
    },
    {
      id: 'queues',
      header: t.people.queues,
      from: 'tablet',
      width: '28%',
      cell: (person) => (
        <Chips values={byValue(person.queues, 1).map(([queue, level]) => [queueName(queue), level === 1 ? '' : format.number(level)])} empty={t.people.noWork} />
      ),
    },
    {
      id: 'skills',
      header: t.people.skills,
      from: 'desktop',
      cell: (person) => <Chips values={byValue(person.skills, -1).map(([skill, level]) => [skillName(skill), format.number(level)])} />,
    },
    {
      id: 'capacity',
      header: t.people.capacity,
      align: 'end',
      first: 'desc',
      from: 'tablet',
      width: '94px',
      cell: (person) => format.number(person.capacity),
      sort: (person) => person.capacity,
    },
  ]

  return (
    <Page
      title={t.people.title}
      about={t.people.about}
      add={{ label: t.people.add, to: to('new') }}
      tools={
        <>
          <Search value={search} onChange={setSearch} label={t.people.search} />
          {people.data?.some((person) => !person.active) && (
            <Switch label={t.people.showInactive} checked={inactive} onChange={(event) => setInactive(event.currentTarget.checked)} />
          )}
        </>
      }
    >
      <List
        query={people}
        rows={(all) => all.filter((person) => (inactive || person.active) && matchesSearch(search, person.name, person.email))}
        total={(all) => all.length}
        onClear={() => setSearch('')}
        empty={{ icon: IconUsers, title: t.people.empty, help: t.people.emptyHelp, action: { label: t.people.add, to: to('new') } }}
      >
        {(rows) => (
          <DataTable
            label={t.people.title}
            rows={rows}
            columns={columns}
            id={(person) => person.id}
            to={(person) => to(person.id)}
            selected={id}
            sort={{ column: 'name', direction: 'asc' }}
            dim={(person) => !person.active}
            phone={(person) => Object.keys(person.queues).map(queueName).join(', ') || t.people.noWork}
          />
        )}
      </List>
      <EditorHost id={id} onClose={close} size={720}>
        {(shown) => {
          if (!people.data || !queues.data || !skills.data || !channels.data) return <EditorWaits query={[people, queues, skills].find((query) => !query.data) ?? channels} />
          const person = people.data.find((entry) => entry.id === shown)
          if (!person && shown !== 'new') return <EditorGone />
          return <PersonEditor person={person} queues={queues.data} skills={skills.data} kinds={channels.data.kinds} />
        }}
      </EditorHost>
    </Page>
  )
}

function Chips({ values, empty = '' }: { values: [name: string, level: string][]; empty?: string }) {
  if (values.length === 0) return <span className={text.off}>{empty}</span>
  return (
    <span className={text.chips}>
      {values.slice(0, 4).map(([name, level]) => (
        <span key={name} className={text.chip}>
          {name} {level && <b>{level}</b>}
        </span>
      ))}
      {values.length > 4 && (
        <span
          className={text.chip}
          title={values
            .slice(4)
            .map(([name, level]) => `${name} ${level}`)
            .join(', ')}
        >
          +{values.length - 4}
        </span>
      )}
    </span>
  )
}
