import { NumberInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { useText } from '../../i18n'
import { plansText } from '../../i18n/plans'
import { Section, Wide } from '../kit/fields'
import { ConditionInput } from '../routing/ConditionInput'
import { placeOf, type Finding } from '../routing/findings'
import { OrderInput } from '../routing/OrderInput'
import { TargetInput, type Choice } from '../routing/TargetInput'
import { useConditionCheck } from '../routing/useConditionCheck'
import { reasons, type RoutingValues } from './routingValues'

type Props = {
  values: RoutingValues
  errors: Readonly<Record<string, ReactNode>>
  queues: readonly Choice[]
  plans: readonly Choice[]
  onChange: (values: RoutingValues) => void
}

/** Whom a queue asks, in which order and how many at once; and where goes what it does not take. */
export function RoutingFields({ values, errors, queues, plans, onChange }: Props) {
  const { queue: t } = useText(plansText)
  const condition = useConditionCheck(values.members_when, 'member')
  const change = (patch: Partial<RoutingValues>) => onChange({ ...values, ...patch })
  const refused = (field: string): Finding[] =>
    Object.entries(errors).flatMap(([at, words]) =>
      (placeOf(at) === field || placeOf(at).startsWith(`${field}[`) || placeOf(at).startsWith(`${field}.`)) && typeof words === 'string' ? [{ at, words, code: '', args: [], doubt: false }] : [],
    )

  return (
    <>
      <Section title={t.routing}>
        <OrderInput
          order={values.order === '' ? undefined : values.order}
          keys={values.order_by}
          onChange={(order, keys) => change({ order: order ?? '', order_by: keys })}
          findings={[...refused('order'), ...refused('order_by')]}
        />
        <NumberInput label={t.width} description={t.widthHelp} min={1} max={50} allowDecimal={false} clampBehavior="none" value={values.width} error={errors['routing.width']} onChange={(width) => change({ width })} />
        <Wide>
          <ConditionInput
            label={t.membersWhen}
            description={t.membersWhenHelp}
            scope="member"
            value={values.members_when}
            onChange={(text) => change({ members_when: text })}
            findings={condition}
          />
        </Wide>
      </Section>
      <Section title={t.overflow} help={t.overflowHelp}>
        <NumberInput
          label={t.maxWaiting}
          description={t.maxWaitingHelp}
          min={0}
          allowDecimal={false}
          allowNegative={false}
          clampBehavior="none"
          value={values.max_waiting}
          error={errors['routing.max_waiting']}
          onChange={(most) => change({ max_waiting: most })}
        />
        {reasons.map((reason) => (
          <TargetInput
            key={reason}
            label={t.reasons[reason]}
            none={t.notKept}
            value={values.overflow[reason]}
            onChange={(target) => change({ overflow: { ...values.overflow, [reason]: target } })}
            queues={queues}
            plans={plans}
            findings={refused(`overflow.${reason}`)}
          />
        ))}
      </Section>
    </>
  )
}
