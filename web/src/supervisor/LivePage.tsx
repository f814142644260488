import { Title } from '@mantine/core'
import { IconPlugConnectedX } from '@tabler/icons-react'
import { useCallback } from 'react'
import { useSearchParams } from 'react-router'
import { useText } from '../i18n'
import { supervisorText } from '../i18n/supervisor'
import { useConnection } from '../realtime'
import { Failed } from '../ui/Failed'
import { Notice } from '../ui/Notice'
import { AgentTable } from './AgentTable'
import { Inspector } from './Inspector'
import classes from './Live.module.css'
import { QueueTable } from './QueueTable'
import { Totals } from './Totals'
import { useLive } from './useLive'

/** Queues and agents as they are now; a click shows their conversations beside. */
export function LivePage() {
  const t = useText(supervisorText)
  const live = useLive()
  const connection = useConnection()
  const [params, setParams] = useSearchParams()
  const queue = params.get('queue') ?? undefined
  const agent = params.get('agent') ?? undefined
  const conversation = params.get('conversation') ?? undefined

  const close = useCallback(() => setParams({}), [setParams])
  const choose = useCallback(
    (id: string | undefined) => setParams({ ...(queue ? { queue } : {}), ...(agent ? { agent } : {}), ...(id ? { conversation: id } : {}) }),
    [setParams, queue, agent],
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
      <QueueTable live={live.data} selected={queue} />
      <AgentTable live={live.data} selected={agent} />
      <Inspector queue={queue} agent={agent} conversation={conversation} live={live.data} onChoose={choose} onClose={close} />
    </div>
  )
}
