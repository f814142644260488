import { NativeSelect, SegmentedControl } from '@mantine/core'
import { useState } from 'react'
import { DataTable, type Column } from '../admin/kit/DataTable'
import { matchesSearch } from '../admin/kit/sort'
import text from '../admin/kit/text.module.css'
import { usePresences, useSkills } from '../api/queries'
import type { AgentLive, Live } from '../api/types'
import { useFormat, useLocalText, useText } from '../i18n'
import { supervisorText } from '../i18n/supervisor'
import { Avatar } from '../ui/Avatar'
import { ActiveCount } from './ActiveCount'
import classes from './Live.module.css'
import { Count, Find, LiveSection } from './QueueTable'
import { Since } from '../ui/Since'

type Show = 'connected' | 'free' | 'all'

export function AgentTable({ live, selected }: { live: Live | undefined; selected: string | undefined }) {
  const t = useText(supervisorText)
  const local = useLocalText()
  const format = useFormat()
  const presences = usePresences()
  const skills = useSkills()
  const [search, setSearch] = useState('')
  const [show, setShow] = useState<Show>('all')
  const [queue, setQueue] = useState('')

  const presence = (id: string) => presences.data?.find((entry) => entry.id === id)
  const presenceName = (id: string) => local(presence(id)?.label) || id
  const offersWork = (agent: AgentLive) => presence(agent.state.presence)?.offers_work ?? agent.state.presence === 'available'
  const skillName = (id: string) => local(skills.data?.find((entry) => entry.id === id)?.label) || id
  const queueName = (id: string) => local(live?.queues.find((entry) => entry.id === id)?.name) || id
  const dot = ({ state }: AgentLive, works: boolean) => {
    if (!state.connected) return 'off'
    return state.presence === 'not_responding' ? 'bad' : works ? 'on' : 'away'
  }
  const ratio = ({ state }: AgentLive) => (state.capacity > 0 ? Math.min(1, state.load / state.capacity) : 0)
  // Those who work come first, then those who are away, then who is not connected.
  const presenceRank = (agent: AgentLive) => (agent.state.connected ? (offersWork(agent) ? 0 : 1) : 2)

  const columns: Column<AgentLive>[] = [
    {
      id: 'name',
      header: t.agents.agent,
      cell: (agent) => (
        <span className={classes.agent}>
          <Avatar name={agent.name} seed={agent.id} size={28} />
          <span className={classes.name}>{agent.name}</span>
        </span>
      ),
      sort: (agent) => agent.name,
    },
    {
      id: 'presence',
      header: t.agents.presence,
      width: '190px',
      cell: (agent) => (
        <span className={classes.state}>
          <span className={classes.dot} data-state={dot(agent, offersWork(agent))} />
          <span className={classes.presence}>
            <span>{agent.state.connected || agent.state.presence === 'offline' ? presenceName(agent.state.presence) : t.agents.disconnected}</span>
            <span className={classes.quiet}>
              <Since since={agent.state.presence_since} />
            </span>
            {agent.state.next_presence && <span className={classes.quiet}>{t.agents.then(presenceName(agent.state.next_presence))}</span>}
          </span>
        </span>
      ),
      sort: presenceRank,
    },
    {
      id: 'load',
      header: t.agents.load,
      first: 'desc',
      from: 'tablet',
      width: '156px',
      cell: (agent) => (
        <span className={classes.load}>
          <span className={classes.track} aria-hidden>
            <span className={classes.fill} data-full={ratio(agent) >= 1 || undefined} style={{ display: 'block', width: `${ratio(agent) * 100}%` }} />
          </span>
          <span className={classes.loadText}>
            {format.number(agent.state.load)} / {format.number(agent.state.capacity)}
          </span>
        </span>
      ),
      sort: ratio,
    },
    { id: 'pending', header: t.agents.pending, align: 'end', first: 'desc', from: 'desktop', width: '86px', cell: (agent) => <Count value={agent.pending} />, sort: (agent) => agent.pending },
    { id: 'active', header: t.agents.active, align: 'end', first: 'desc', width: '72px', cell: (agent) => <ActiveCount agent={agent} />, sort: (agent) => agent.active },
    { id: 'wrapping', header: t.agents.wrapping, align: 'end', first: 'desc', from: 'tablet', width: '86px', cell: (agent) => <Count value={agent.wrapping} />, sort: (agent) => agent.wrapping },
    {
      id: 'skills',
      header: t.agents.skills,
      from: 'desktop',
      width: '214px',

      cell: (agent) => (
        <span className={text.chips}>
          {Object.entries(agent.skills)
            .sort((a, b) => b[1] - a[1])
            .map(([skill, level]) => (
              <span key={skill} className={text.chip}>
                {skillName(skill)} <b>{level}</b>
              </span>
            ))}
        </span>
      ),
    },
    { id: 'queues', header: t.agents.queues, from: 'wide', width: '166px', cell: (agent) => <span className={classes.small}>{agent.queues.map(queueName).join(', ')}</span> },
  ]

  const all = live?.agents ?? []
  const wanted = (agent: AgentLive) => {
    if (queue && !agent.queues.includes(queue)) return false
    if (show === 'connected') return agent.state.connected
    if (show === 'free') return agent.state.connected && offersWork(agent) && agent.state.load < agent.state.capacity
    return true
  }
  const rows = all.filter((agent) => wanted(agent) && matchesSearch(search, agent.name, ...Object.keys(agent.skills), ...Object.keys(agent.skills).map(skillName)))

  return (
    <LiveSection
      title={t.agents.title}
      count={rows.length === all.length ? format.number(all.length) : `${format.number(rows.length)} / ${format.number(all.length)}`}
      tools={
        <>
          <NativeSelect
            size="xs"
            aria-label={t.agents.inQueue}
            value={queue}
            onChange={(event) => setQueue(event.currentTarget.value)}
            data={[{ value: '', label: t.agents.allQueues }, ...(live?.queues ?? []).map((entry) => ({ value: entry.id, label: local(entry.name) }))]}
          />
          <SegmentedControl<Show>
            size="xs"
            aria-label={t.agents.show}
            value={show}
            onChange={setShow}
            data={[
              { value: 'all', label: t.agents.all },
              { value: 'connected', label: t.agents.onlyConnected },
              { value: 'free', label: t.agents.onlyFree },
            ]}
          />
          <Find label={t.agents.find} value={search} onChange={setSearch} />
        </>
      }
    >
      {rows.length > 0 ? (
        <DataTable
          label={t.agents.title}
          rows={rows}
          columns={columns}
          id={(agent) => agent.id}
          to={(agent) => `/supervisor?agent=${agent.id}`}
          selected={selected}
          sort={{ column: 'presence', direction: 'asc' }}
          dim={(agent) => !agent.state.connected}
          phone={(agent) => `${t.agents.load} ${format.number(agent.state.load)} / ${format.number(agent.state.capacity)}`}
          steady
        />
      ) : (
        live && <p className={classes.empty}>{all.length === 0 ? t.agents.none : t.agents.noMatch}</p>
      )}
    </LiveSection>
  )
}
