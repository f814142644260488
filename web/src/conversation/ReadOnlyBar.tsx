import { Button } from '@mantine/core'
import { IconLock } from '@tabler/icons-react'
import { useState } from 'react'
import type { Conversation } from '../api/types'
import { NoteComposer } from '../composer/NoteComposer'
import { useText } from '../i18n'
import { conversationText } from '../i18n/conversation'
import { workText } from '../i18n/work'
import { useOffers } from '../offers/useOffers'
import { useRole } from '../session'
import { SupervisorActions } from '../work/SupervisorActions'
import type { Work } from '../work/useWork'
import classes from './Conversation.module.css'

/** Instead of the composer, for whoever does not own the conversation: why not, and what they can do. */
export function ReadOnlyBar({ conversation, mine, work }: { conversation: Conversation; mine: boolean; work: Work }) {
  const t = useText(conversationText).readOnly
  const words = useText(workText)
  const supervisor = useRole('supervisor')
  const [writing, setWriting] = useState(false)
  const offeredMe = useOffers().some((offer) => offer.conversation.id === conversation.id)
  const { phase, agent } = conversation
  const reason = (): string => {
    if (phase === 'closed') return t.closed
    if (phase === 'flow') return t.flow
    if (phase === 'queued') return t.queued
    if (phase === 'offered') return offeredMe ? t.offeredMe : t.offered
    if (phase === 'parked') return mine || !agent ? t.parked : t.parkedOther(agent.name)
    return agent ? t.other(agent.name) : t.queued
  }
  const whisper = supervisor && !mine && agent !== undefined && phase === 'assigned'
  return (
    <div className={classes.readOnly}>
      {writing && <NoteComposer conversation={conversation} whisper={whisper} close={() => setWriting(false)} />}
      <div className={classes.readOnlyBox} data-testid="read-only">
        <span className={classes.readOnlyText}>{reason()}</span>
        {!whisper && phase !== 'closed' && (
          <Button size="compact-sm" variant="default" data-testid="write-note" leftSection={<IconLock size={14} aria-hidden />} onClick={() => setWriting(true)}>
            {words.writeNote}
          </Button>
        )}
        <SupervisorActions conversation={conversation} onWhisper={() => setWriting(true)} />
        {mine && phase === 'parked' && (
          <Button size="compact-sm" data-testid="resume" loading={work.resume.isPending} onClick={() => work.resume.mutate()}>
            {words.resume}
          </Button>
        )}
      </div>
    </div>
  )
}
