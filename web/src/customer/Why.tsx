import { Button } from '@mantine/core'
import { IconHelpCircle } from '@tabler/icons-react'
import { useState } from 'react'
import type { Conversation } from '../api/types'
import { Explain } from '../explain/Explain'
import { useText } from '../i18n'
import { customerText } from '../i18n/customer'
import { useMe } from '../session'
import classes from './Panel.module.css'

/** "Why is it waiting?", or why somebody has it, answered when asked. */
export function Why({ conversation: { id, phase, agent } }: { conversation: Conversation }) {
  const t = useText(customerText)
  const me = useMe()
  const [asked, setAsked] = useState(false)
  if (phase === 'flow' || phase === 'closed') return null
  const question = phase === 'queued' || phase === 'offered' || !agent ? t.why : agent.id === me.id ? t.whyMe : t.whyAgent(agent.name)
  return (
    <section className={classes.why} aria-label={question}>
      {asked ? (
        <Explain id={id} />
      ) : (
        <div className={classes.section}>
          <Button size="compact-sm" fullWidth h={32} variant="light" leftSection={<IconHelpCircle size={15} aria-hidden />} data-testid="why-waiting" onClick={() => setAsked(true)}>
            {question}
          </Button>
        </div>
      )}
    </section>
  )
}
