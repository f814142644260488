import { Select } from '@mantine/core'
import type { OverflowTarget } from '../../api/types'
import { useText } from '../../i18n'
import { plansText } from '../../i18n/plans'
import type { Finding } from './findings'
import { FindingList } from './FindingList'

export type Choice = { value: string; label: string }

type Props = {
  label: string
  description?: string
  /** What it means that no target is set. */
  none: string
  value: OverflowTarget | undefined
  onChange: (target: OverflowTarget | undefined) => void
  queues: readonly Choice[]
  plans: readonly Choice[]
  findings?: readonly Finding[]
}

const of = (kind: 'queue' | 'plan', choices: readonly Choice[], own: string | undefined): Choice[] => {
  const all = own === undefined || choices.some(({ value }) => value === own) ? choices : [...choices, { value: own, label: own }]
  return all.map(({ value, label }) => ({ value: `${kind}:${value}`, label }))
}

/** Where a conversation goes: nowhere, back to the flow, to a queue, to a plan. */
export function TargetInput({ label, description, none, value, onChange, queues, plans, findings = [] }: Props) {
  const t = useText(plansText).target
  const chosen = value === undefined ? 'none' : value.queue ? `queue:${value.queue}` : value.plan ? `plan:${value.plan}` : none === t.flow ? 'none' : 'flow'
  const choose = (next: string | null) => {
    const [kind, ...id] = (next ?? 'none').split(':')
    onChange(kind === 'queue' ? { queue: id.join(':') } : kind === 'plan' ? { plan: id.join(':') } : kind === 'flow' ? {} : undefined)
  }
  return (
    <div>
      <Select
        label={label}
        description={description}
        allowDeselect={false}
        searchable={queues.length + plans.length > 10}
        value={chosen}
        onChange={choose}
        error={findings.some((finding) => !finding.doubt)}
        data={[
          { value: 'none', label: none },
          ...(none === t.flow ? [] : [{ value: 'flow', label: t.flow }]),
          ...(queues.length > 0 ? [{ group: t.queues, items: of('queue', queues, value?.queue) }] : []),
          ...(plans.length > 0 || value?.plan ? [{ group: t.plans, items: of('plan', plans, value?.plan) }] : []),
        ]}
      />
      <FindingList findings={findings} />
    </div>
  )
}
