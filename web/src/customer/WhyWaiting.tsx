import { Button } from '@mantine/core'
import { IconHelpCircle } from '@tabler/icons-react'
import { useState } from 'react'
import { Explain } from '../explain/Explain'
import { useText } from '../i18n'
import { customerText } from '../i18n/customer'
import classes from './Panel.module.css'

/** "Why is it waiting?", answered when asked. */
export function WhyWaiting({ id }: { id: string }) {
  const t = useText(customerText)
  const [asked, setAsked] = useState(false)
  return (
    <section className={classes.why} aria-label={t.why}>
      {asked ? (
        <Explain id={id} />
      ) : (
        <div className={classes.section}>
          <Button size="compact-sm" fullWidth h={32} variant="light" leftSection={<IconHelpCircle size={15} aria-hidden />} data-testid="why-waiting" onClick={() => setAsked(true)}>
            {t.why}
          </Button>
        </div>
      )}
    </section>
  )
}
