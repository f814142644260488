import { Button, Popover } from '@mantine/core'
import { IconChevronDown, IconEyeOff, IconHandGrab, IconUserShare } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import type { Conversation } from '../api/types'
import { useText } from '../i18n'
import { workText } from '../i18n/work'
import { useMe, useRole } from '../session'
import { useNotify } from '../ui/useNotify'
import { useWork } from './useWork'

const AssignPicker = lazy(() => import('./AssignPicker'))
const ReasonDialog = lazy(() => import('./ReasonDialog'))
const SupervisorMenu = lazy(() => import('./SupervisorMenu'))

type Props = { conversation: Conversation; onWhisper?: () => void }

/** What supervisors may do with a conversation that is not theirs. Nothing is drawn for others, or where nothing can be done. */
export function SupervisorActions({ conversation, onWhisper }: Props) {
  const t = useText(workText)
  const me = useMe()
  const notify = useNotify()
  const supervisor = useRole('supervisor')
  const work = useWork(conversation.id)
  const [open, setOpen] = useState<'take' | 'assign' | null>(null)
  const { phase, agent } = conversation
  if (!supervisor || phase === 'closed' || (agent?.id === me.id && phase !== 'queued')) return null
  const close = () => setOpen(null)
  const takeOver = (reason: string) => {
    close()
    work.takeOver.mutate(reason, { onSuccess: () => notify.success(t.takenOver) })
  }
  return (
    <>
      {onWhisper && agent && phase === 'assigned' && (
        <Button size="compact-sm" variant="default" leftSection={<IconEyeOff size={15} aria-hidden />} data-testid="whisper" onClick={onWhisper}>
          {t.whisper}
        </Button>
      )}
      {phase !== 'flow' && (
        <Popover withOverlay overlayProps={{ backgroundOpacity: 0 }} opened={open === 'assign'} onChange={(opened) => setOpen(opened ? 'assign' : null)} position="bottom-start" width={320} trapFocus returnFocus>
          <Popover.Target>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<IconUserShare size={15} aria-hidden />}
              data-testid="reassign"
              onClick={() => setOpen(open === 'assign' ? null : 'assign')}
            >
              {t.reassign}
            </Button>
          </Popover.Target>
          {open === 'assign' && (
            <Suspense fallback={null}>
              <AssignPicker conversation={conversation} work={work} close={close} />
            </Suspense>
          )}
        </Popover>
      )}
      <Button
        size="compact-sm"
        leftSection={<IconHandGrab size={15} aria-hidden />}
        loading={work.takeOver.isPending}
        data-testid="take-over"
        onClick={() => setOpen('take')}
      >
        {t.takeOver}
      </Button>
      <Suspense fallback={<MoreButton />}>
        <SupervisorMenu conversation={conversation} work={work} />
      </Suspense>
      {open === 'take' && (
        <Suspense fallback={null}>
          <ReasonDialog
            title={t.takeOver}
            help={agent ? t.takeOverAsk(agent.name) : t.takeOverAskQueue}
            submit={t.takeOver}
            needed={false}
            loading={work.takeOver.isPending}
            onSubmit={takeOver}
            onClose={close}
          />
        </Suspense>
      )}
    </>
  )
}

/** In the place of the menu until it is there. */
function MoreButton() {
  const t = useText(workText)
  return (
    <Button size="compact-sm" variant="default" disabled rightSection={<IconChevronDown size={14} aria-hidden />}>
      {t.more}
    </Button>
  )
}
