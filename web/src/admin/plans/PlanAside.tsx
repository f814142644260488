import { Button, Tabs } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import type { ChannelKind, Queue, Skill } from '../../api/types'
import { useText } from '../../i18n'
import { plansText } from '../../i18n/plans'
import { SimulatePlan } from '../../simulation/SimulatePlan'
import { Notice } from '../../ui/Notice'
import classes from './Plans.module.css'
import { Trial } from './Trial'
import type { PlanCheck } from './usePlanCheck'

type Props = { check: PlanCheck; queues: readonly Queue[]; skills: readonly Skill[]; kinds: readonly ChannelKind[]; onBack: () => void }

/** What the plan would do, before it is saved: with one request right now, and with all those of last week. */
export function PlanAside({ check, queues, skills, kinds, onBack }: Props) {
  const t = useText(plansText)
  return (
    <Tabs className={classes.tabs} defaultValue="trial" keepMounted={false}>
      <div className={classes.asideHead}>
        <Button className={classes.back} size="compact-sm" variant="subtle" leftSection={<IconArrowLeft size={14} aria-hidden />} onClick={onBack}>
          {t.aside.back}
        </Button>
        <Tabs.List grow aria-label={t.aside.label}>
          <Tabs.Tab value="trial" data-testid="plan-trial-tab">
            {t.aside.trial}
          </Tabs.Tab>
          <Tabs.Tab value="simulation" data-testid="plan-simulation-tab">
            {t.aside.simulation}
          </Tabs.Tab>
        </Tabs.List>
      </div>
      <Tabs.Panel value="trial" className={classes.panel} tabIndex={0}>
        <Trial check={check} queues={queues} skills={skills} kinds={kinds} />
      </Tabs.Panel>
      <Tabs.Panel value="simulation" className={classes.panel} tabIndex={0}>
        <p className={classes.about}>{t.simulation.help}</p>
        {!check.sound && !check.pending && (
          <Notice role="status" icon={null}>
            {t.simulation.notYet}
          </Notice>
        )}
        <SimulatePlan plan={check.sound} />
      </Tabs.Panel>
    </Tabs>
  )
}
