import { Button, CloseButton, Skeleton, Stack } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { keys } from '../api/keys'
import { usePresences } from '../api/queries'
import type { Live, View } from '../api/types'
import { useFormat, useLocalText, useText } from '../i18n'
import { commonText } from '../i18n/common'
import { supervisorText } from '../i18n/supervisor'
import { ConversationRow } from '../inbox/ConversationRow'
import { useConversationList } from '../inbox/useConversationList'
import { Failed } from '../ui/Failed'
import { useNow } from '../ui/useNow'
import classes from './Inspector.module.css'
import { Since } from '../ui/Since'
import { QueueControls, QueueMarks, useControlText } from './QueueControls'

type Props = { queue: string | undefined; agent: string | undefined; selected: string | undefined; live: Live | undefined; single: boolean; onClose: () => void }

/** The conversations of a queue or an agent, those that wait first. */
export function InspectorList({ queue, agent, selected, live, single, onClose }: Props) {
  const common = useText(commonText)
  const shown = live?.queues.find((entry) => entry.id === queue)
  return (
    <section className={classes.list} data-single={single || undefined}>
      <header className={classes.head}>
        <div className={classes.heading}>{agent ? <AgentHead id={agent} live={live} /> : <QueueHead id={queue ?? ''} live={live} />}</div>
        {shown && <QueueControls queue={shown} />}
        {single && <CloseButton aria-label={common.close} onClick={onClose} />}
      </header>
      <div className={classes.scroll}>
        <Groups queue={queue} agent={agent} selected={selected} live={live} />
      </div>
    </section>
  )
}

function QueueHead({ id, live }: { id: string; live: Live | undefined }) {
  const t = useText(supervisorText)
  const local = useLocalText()
  const format = useFormat()
  const queue = live?.queues.find((entry) => entry.id === id)
  const controlText = useControlText()
  const why = queue && controlText(queue)
  return (
    <>
      <h2 className={classes.title}>{queue ? local(queue.name) : id}</h2>
      {queue && (
        <div className={classes.sub}>
          {queue.open && <span>{t.queues.open}</span>}
          <QueueMarks queue={queue} />
          {why && <span>{why}</span>}
          <span>{t.queues.staff(format.number(queue.agents_free), format.number(queue.agents_available), format.number(queue.agents_connected))}</span>
        </div>
      )}
    </>
  )
}

function AgentHead({ id, live }: { id: string; live: Live | undefined }) {
  const t = useText(supervisorText)
  const local = useLocalText()
  const format = useFormat()
  const presences = usePresences()
  const agent = live?.agents.find((entry) => entry.id === id)
  if (!agent) return <h2 className={classes.title}>–</h2>
  const { state } = agent
  const presence = local(presences.data?.find((entry) => entry.id === state.presence)?.label) || state.presence
  return (
    <>
      <h2 className={classes.title}>{agent.name}</h2>
      <div className={classes.sub}>
        <span>
          {presence} <Since since={state.presence_since} />
        </span>
        <span>
          {t.agents.load} {format.number(state.load)} / {format.number(state.capacity)}
        </span>
        {!state.connected && <span>{t.agents.disconnected}</span>}
      </div>
    </>
  )
}

/** A change of the live numbers means that these lists have changed too. */
function useFollow(queue: string | undefined, agent: string | undefined, live: Live | undefined): void {
  const client = useQueryClient()
  const one = agent ? live?.agents.find((entry) => entry.id === agent) : live?.queues.find((entry) => entry.id === queue)
  const numbers = one && ('waiting' in one ? [one.waiting, one.offered, one.active, one.wrapping, one.parked] : [one.pending, one.active, one.wrapping]).join('.')
  useEffect(() => {
    if (numbers !== undefined) void client.invalidateQueries({ queryKey: keys.lists, refetchType: 'active' })
  }, [client, numbers])
}

function Groups({ queue, agent, selected, live }: Omit<Props, 'single' | 'onClose'>) {
  const t = useText(supervisorText)
  const filter = { ...(queue ? { queue } : {}), ...(agent ? { agent } : {}) }
  useFollow(queue, agent, live)
  const waiting = useConversationList('waiting', filter, agent === undefined)
  const open = useConversationList('open', filter)
  const parked = useConversationList('parked', filter)

  const lists = agent === undefined ? [waiting, open, parked] : [open, parked]
  const failed = lists.find((list) => list.isError && !list.data)
  if (failed) return <Failed title={t.inspector.failed} error={failed.error} retry={() => lists.forEach((list) => void list.refetch())} />
  if (lists.some((list) => list.isPending)) return <Loading />
  if (lists.every((list) => list.items.length === 0)) return <p className={classes.message}>{t.inspector.none}</p>
  const shown = { queue, agent, selected }
  return (
    <>
      <Group view="waiting" title={t.inspector.waitingIn} list={waiting} {...shown} />
      <Group view="open" title={t.inspector.inProgress} list={open} without={waiting.items.map((item) => item.id)} {...shown} />
      <Group view="parked" title={t.live.parked} list={parked} without={[...waiting.items, ...open.items].map((item) => item.id)} {...shown} />
    </>
  )
}

type GroupProps = {
  view: View
  title: string
  list: ReturnType<typeof useConversationList>
  /** Shown in a group above already. */
  without?: readonly string[]
  queue: string | undefined
  agent: string | undefined
  selected: string | undefined
}

function Group({ view, title, list, without = [], queue, agent, selected }: GroupProps) {
  const t = useText(supervisorText)
  const format = useFormat()
  const now = useNow(1000)
  const items = list.items.filter((item) => !without.includes(item.id))
  if (items.length === 0) return null
  const to = (id: string) => `/supervisor?${new URLSearchParams({ ...(queue ? { queue } : {}), ...(agent ? { agent } : {}), conversation: id }).toString()}`
  return (
    <>
      <h3 className={classes.group} id={`group-${view}`}>
        {title} · {format.number(items.length)}
        {list.hasNextPage && '+'}
      </h3>
      <ul className={classes.rows} aria-labelledby={`group-${view}`}>
        {items.map((item) => (
          <li key={item.id}>
            <ConversationRow conversation={item} to={to(item.id)} selected={selected === item.id} now={now} />
          </li>
        ))}
      </ul>
      {list.hasNextPage && (
        <Button fullWidth variant="subtle" size="compact-sm" my={6} loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t.inspector.more}
        </Button>
      )}
    </>
  )
}

function Loading() {
  const common = useText(commonText)
  return (
    <Stack gap={18} p={18} role="status" aria-label={common.loading}>
      {[62, 80, 55].map((width) => (
        <div key={width}>
          <Skeleton height={12} width={`${width * 0.6}%`} mb={8} />
          <Skeleton height={10} width={`${width}%`} />
        </div>
      ))}
    </Stack>
  )
}
