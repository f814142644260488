import { Button, Group } from '@mantine/core'
import { IconEyeOff, IconHandGrab, IconUserShare } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import type { Conversation } from '../api/types'
import { useText } from '../i18n'
import { workText } from '../i18n/work'
import { useMe, useRole } from '../session'
import { ConfirmDialog } from '../ui/ConfirmDialog'
import { useWork } from './useWork'

const AssignDialog = lazy(() => import('./AssignDialog'))

/** What supervisors may do with a conversation that is not theirs. Nothing is drawn for others, or where nothing can be done. */
export function SupervisorActions({ conversation, onWhisper, onTaken }: { conversation: Conversation; onWhisper?: () => void; onTaken?: () => void }) {
  const t = useText(workText)
  const me = useMe()
  const supervisor = useRole('supervisor')
  const work = useWork(conversation.id)
  const [dialog, setDialog] = useState<'take' | 'assign' | null>(null)
  const { phase, agent } = conversation
  if (!supervisor || phase === 'closed' || (agent?.id === me.id && phase !== 'queued')) return null
  const close = () => setDialog(null)
  const takeOver = () => {
    close()
    work.takeOver.mutate(undefined, { onSuccess: () => onTaken?.() })
  }
  return (
    <Group gap={6}>
      {onWhisper && agent && phase === 'assigned' && (
        <Button size="compact-sm" variant="default" leftSection={<IconEyeOff size={15} aria-hidden />} onClick={onWhisper}>
          {t.whisper}
        </Button>
      )}
      <Button size="compact-sm" variant="default" leftSection={<IconUserShare size={15} aria-hidden />} onClick={() => setDialog('assign')}>
        {t.reassign}
      </Button>
      <Button size="compact-sm" leftSection={<IconHandGrab size={15} aria-hidden />} loading={work.takeOver.isPending} onClick={() => setDialog('take')}>
        {t.takeOver}
      </Button>
      {dialog === 'take' && <ConfirmDialog title={t.takeOver} text={agent ? t.takeOverAsk(agent.name) : t.takeOverAskQueue} confirm={t.takeOver} onConfirm={takeOver} onClose={close} />}
      {dialog === 'assign' && (
        <Suspense fallback={null}>
          <AssignDialog work={work} close={close} />
        </Suspense>
      )}
    </Group>
  )
}
