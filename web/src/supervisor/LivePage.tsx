import { Title } from '@mantine/core'
import { IconPlugConnectedX } from '@tabler/icons-react'
import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { useText } from '../i18n'
import { reportsText } from '../i18n/reports'
import { supervisorText } from '../i18n/supervisor'
import { useConnection } from '../realtime'
import { Failed } from '../ui/Failed'
import { Notice } from '../ui/Notice'
import { AgentTable } from './AgentTable'
import { Inspector } from './Inspector'
import classes from './Live.module.css'
import { NumbersSwitch } from './NumbersSwitch'
import { QueueTable } from './QueueTable'
import { TodayAgents, TodayQueues } from './TodayTables'
import { Totals } from './Totals'
import { useLive } from './useLive'
import { useToday } from './useToday'

/** Queues and agents as they are now; a click shows their conversations beside. */
export function LivePage() {
  const t = useText(supervisorText)
  const reports = useText(reportsText)
  const live = useLive()
  const today = useToday()
  const connection = useConnection()
  const [params, setParams] = useSearchParams()
  const queue = params.get('queue') ?? undefined
  const agent = params.get('agent') ?? undefined
  const conversation = params.get('conversation') ?? undefined

  const view = params.get('numbers') === 'today' ? 'today' : 'now'
  const kept = useMemo(() => (view === 'today' ? new URLSearchParams({ numbers: view }) : new URLSearchParams()), [view])

  const close = useCallback(() => setParams(kept), [setParams, kept])
  const choose = useCallback(
    (id: string | undefined) => setParams({ ...Object.fromEntries(kept), ...(queue ? { queue } : {}), ...(agent ? { agent } : {}), ...(id ? { conversation: id } : {}) }),
    [setParams, kept, queue, agent],
  )

  return (
    <div className={classes.page}>
      <Title order={1} className="sx-hidden">
        {t.live.title}
      </Title>
      {connection === 'lost' && live.data && (
        <Notice role="status" icon={<IconPlugConnectedX size={18} aria-hidden />}>
          {t.live.stale}
        </Notice>
      )}
      {live.data === undefined && live.isError && <Failed title={t.live.failed} error={live.error} retry={() => void live.refetch()} />}
      <Totals live={live.data} />
      <NumbersSwitch view={view} onChange={(next) => setParams(next === 'today' ? new URLSearchParams({ numbers: next }) : new URLSearchParams())} />
      {view === 'today' ? (
        <>
          {today.data === undefined && today.isError && <Failed title={reports.live.failed} error={today.error} retry={() => void today.refetch()} />}
          <TodayQueues live={live.data} today={today.data} selected={queue} />
          <TodayAgents live={live.data} today={today.data} selected={agent} />
        </>
      ) : (
        <>
          <QueueTable live={live.data} today={today.data} selected={queue} />
          <AgentTable live={live.data} selected={agent} />
        </>
      )}
      <Inspector queue={queue} agent={agent} conversation={conversation} live={live.data} onChoose={choose} onClose={close} />
    </div>
  )
}
