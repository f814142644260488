import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { IconArrowsRightLeft, IconCheck, IconClockPause, IconDeviceMobileMessage, IconPlayerPlay } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import type { Conversation } from '../api/types'
import { useActions } from '../app/actions'
import { useText } from '../i18n'
import { workText } from '../i18n/work'
import { Keys } from '../ui/Keys'
import { useLayout } from '../ui/useLayout'
import type { Work } from '../work/useWork'

const OwnerMenu = lazy(() => import('./OwnerMenu'))
const TransferDialog = lazy(() => import('../work/TransferDialog'))
const ContinueDialog = lazy(() => import('../work/ContinueDialog'))
const ParkDialog = lazy(() => import('../work/ParkDialog'))

type Dialog = 'transfer' | 'park' | 'continue'

/** What the owner can do, as buttons and by keyboard. */
export function ConversationActions({ conversation, work, mine }: { conversation: Conversation; work: Work; mine: boolean }) {
  const t = useText(workText)
  const [dialog, setDialog] = useState<Dialog | null>(null)
  const phone = useLayout() === 'phone'
  const owning = mine && conversation.phase === 'assigned'
  const canTransfer = owning && !conversation.transfer
  const parked = mine && conversation.phase === 'parked'
  const wrapUp = () => work.wrapUp.mutate()
  const resume = () => work.resume.mutate()
  const open = (which: Dialog) => () => setDialog(which)

  useActions([
    { id: 'transfer', label: t.keys.transfer, group: 'conversation', keys: 'alt+t', enabled: canTransfer, run: open('transfer') },
    { id: 'park', label: t.keys.park, group: 'conversation', keys: 'alt+p', enabled: owning, run: open('park') },
    { id: 'continue', label: t.keys.continueElsewhere, group: 'conversation', enabled: owning, run: open('continue') },
    { id: 'wrap-up', label: t.keys.wrapUp, group: 'conversation', keys: 'alt+w', enabled: owning, run: wrapUp },
    { id: 'resume', label: t.keys.resume, group: 'conversation', keys: 'alt+u', enabled: parked, run: resume },
  ])

  return (
    <>
      {owning && <OwnerButtons canTransfer={canTransfer} wrapping={work.wrapUp.isPending} transfer={open('transfer')} park={open('park')} goOn={open('continue')} wrapUp={wrapUp} />}
      {parked && !phone && (
        <Button size="compact-md" data-testid="resume" leftSection={<IconPlayerPlay size={15} aria-hidden />} loading={work.resume.isPending} onClick={resume}>
          {t.resume}
        </Button>
      )}
      <Suspense fallback={null}>
        {dialog === 'transfer' && <TransferDialog work={work} close={() => setDialog(null)} />}
        {dialog === 'continue' && <ContinueDialog id={conversation.id} close={() => setDialog(null)} />}
        {dialog === 'park' && <ParkDialog work={work} close={() => setDialog(null)} />}
      </Suspense>
    </>
  )
}

export type OwnerActions = { canTransfer: boolean; wrapping: boolean; transfer: () => void; park: () => void; goOn: () => void; wrapUp: () => void }

function OwnerButtons({ canTransfer, wrapping, transfer, park, goOn, wrapUp }: OwnerActions) {
  const t = useText(workText)
  if (useLayout() === 'phone') {
    return (
      <Suspense fallback={null}>
        <OwnerMenu canTransfer={canTransfer} wrapping={wrapping} transfer={transfer} park={park} goOn={goOn} wrapUp={wrapUp} />
      </Suspense>
    )
  }
  return (
    <>
      <Tooltip label={<Hint label={t.transfer} keys="alt+t" />}>
        <ActionIcon size="lg" data-testid="transfer" aria-label={t.transfer} disabled={!canTransfer} onClick={transfer}>
          <IconArrowsRightLeft size={19} stroke={1.7} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={<Hint label={t.park} keys="alt+p" />}>
        <ActionIcon size="lg" data-testid="park" aria-label={t.park} onClick={park}>
          <IconClockPause size={19} stroke={1.7} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t.continueElsewhere}>
        <ActionIcon size="lg" data-testid="continue" aria-label={t.continueElsewhere} onClick={goOn}>
          <IconDeviceMobileMessage size={19} stroke={1.7} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={<Hint label={t.wrapUp} keys="alt+w" />}>
        <Button size="compact-sm" h={32} data-testid="wrap-up" variant="light" leftSection={<IconCheck size={16} aria-hidden />} loading={wrapping} onClick={wrapUp}>
          {t.wrapUp}
        </Button>
      </Tooltip>
    </>
  )
}

function Hint({ label, keys }: { label: string; keys: string }) {
  return (
    <span style={{ display: 'inline-flex', gap: 8, alignItems: 'center' }}>
      {label} <Keys keys={keys} />
    </span>
  )
}
