import { ActionIcon, Menu } from '@mantine/core'
import { IconDoorExit, IconDotsVertical, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { api, call } from '../api/client'
import { keys } from '../api/keys'
import type { QueueLive } from '../api/types'
import { useFormat, useLocalText, useText } from '../i18n'
import { supervisorText } from '../i18n/supervisor'
import { useNotify } from '../ui/useNotify'
import classes from './Live.module.css'

const ReasonDialog = lazy(() => import('../work/ReasonDialog'))

const acts = {
  pause: { paused: true },
  resume: { paused: false },
  drain: { draining: true },
  refill: { draining: false },
} as const

type Act = keyof typeof acts

/** A supervisor's hand on a queue: nothing is offered from it, or it takes nothing new, for a reason. */
export function QueueControls({ queue }: { queue: QueueLive }) {
  const t = useText(supervisorText).control
  const local = useLocalText()
  const client = useQueryClient()
  const notify = useNotify()
  const [asking, setAsking] = useState<Act>()
  const name = local(queue.name)
  const control = useMutation({
    mutationFn: ({ act, reason }: { act: Act; reason: string }) => call(api.POST('/queues/{slug}/control', { params: { path: { slug: queue.id } }, body: { ...acts[act], reason } })),
    onSuccess: (_, { act }) => {
      notify.success(t.done[act](name))
      setAsking(undefined)
      void client.invalidateQueries({ queryKey: keys.live })
      void client.invalidateQueries({ queryKey: keys.queues })
    },
    onError: (error) => notify.error(error),
  })
  const item = (act: Act, icon: React.ReactNode) => (
    <Menu.Item leftSection={icon} data-testid={`queue-${act}`} onClick={() => setAsking(act)}>
      {t.act[act]}
    </Menu.Item>
  )
  return (
    <>
      <Menu withOverlay overlayProps={{ backgroundOpacity: 0 }} position="bottom-end" width={230}>
        <Menu.Target>
          <ActionIcon aria-label={t.of(name)} data-testid="queue-control" data-queue={queue.id}>
            <IconDotsVertical size={17} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown data-overlay>
          {queue.paused ? item('resume', <IconPlayerPlay size={16} aria-hidden />) : item('pause', <IconPlayerPause size={16} aria-hidden />)}
          {queue.draining ? item('refill', <IconPlayerPlay size={16} aria-hidden />) : item('drain', <IconDoorExit size={16} aria-hidden />)}
        </Menu.Dropdown>
      </Menu>
      {asking && (
        <Suspense fallback={null}>
          <ReasonDialog
            title={t.title[asking](name)}
            help={t.help[asking]}
            submit={t.act[asking]}
            loading={control.isPending}
            onClose={() => setAsking(undefined)}
            onSubmit={(reason) => control.mutate({ act: asking, reason })}
          />
        </Suspense>
      )}
    </>
  )
}

/** Marks of a queue that is paused or drained; who did it and why is told on pointing at them. */
export function QueueMarks({ queue }: { queue: QueueLive }) {
  const t = useText(supervisorText)
  const why = useControlText()(queue)
  return (
    <>
      {queue.paused && (
        <span className={classes.mark} data-kind="paused" data-testid="queue-paused" title={why}>
          <IconPlayerPause size={12} aria-hidden />
          {t.control.paused}
        </span>
      )}
      {queue.draining && (
        <span className={classes.mark} data-kind="draining" data-testid="queue-draining" title={why}>
          <IconDoorExit size={12} aria-hidden />
          {t.control.draining}
        </span>
      )}
      {!queue.open && <span className={classes.quiet}>{t.queues.closed}</span>}
    </>
  )
}

/** Who paused or drained a queue, when and why; empty when nobody did. */
export function useControlText(): (queue: QueueLive) => string {
  const t = useText(supervisorText).control
  const format = useFormat()
  return ({ control }) => (control ? t.by(control.by, format.stamp(control.at), control.reason) : '')
}
