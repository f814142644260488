import { ActionIcon, Button, NativeSelect, Select, TextInput } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import type { AgentOrder, SortKey } from '../../api/types'
import { useFormat, useText } from '../../i18n'
import { plansText } from '../../i18n/plans'
import type { Finding } from './findings'
import { FindingList } from './FindingList'
import { replaced } from './lists'
import classes from './Routing.module.css'

const orders = ['longest_idle', 'least_loaded', 'most_skilled', 'attributes'] as const satisfies readonly AgentOrder[]

type Props = {
  order: AgentOrder | undefined
  keys: readonly SortKey[]
  /** The name of having no order of its own; undefined: there is always one. */
  none?: string
  onChange: (order: AgentOrder | undefined, keys: SortKey[]) => void
  findings?: readonly Finding[]
}

/** Who comes first among the agents who can take it. */
export function OrderInput({ order, keys, none, onChange, findings = [] }: Props) {
  const t = useText(plansText).order
  const format = useFormat()
  const change = (index: number, key: SortKey) => onChange(order, replaced(keys, index, key))
  return (
    <div>
      <Select
        label={t.label}
        description={t.help}
        allowDeselect={false}
        value={order ?? (none === undefined ? 'longest_idle' : '')}
        data={[...(none === undefined ? [] : [{ value: '', label: none }]), ...orders.map((value) => ({ value, label: t.orders[value] }))]}
        error={findings.some((finding) => !finding.doubt)}
        onChange={(value) => {
          const next = orders.find((one) => one === value)
          onChange(next, next === 'attributes' ? (keys.length > 0 ? [...keys] : [{ attribute: '' }]) : [])
        }}
      />
      {order === 'attributes' && (
        <div className={classes.keys} role="group" aria-label={t.by}>
          <p className={classes.help}>{t.byHelp}</p>
          {keys.map((key, i) => {
            const n = format.number(i + 1)
            return (
              <div key={i} className={classes.key}>
                <TextInput
                  aria-label={t.attribute(n)}
                  placeholder={t.attribute(n)}
                  maxLength={200}
                  spellCheck={false}
                  classNames={{ input: classes.code }}
                  value={key.attribute}
                  onChange={(event) => change(i, { ...key, attribute: event.currentTarget.value })}
                />
                <NativeSelect
                  aria-label={t.direction(n)}
                  value={key.descending ? 'down' : 'up'}
                  data={[
                    { value: 'down', label: t.descending },
                    { value: 'up', label: t.ascending },
                  ]}
                  onChange={(event) => change(i, event.currentTarget.value === 'down' ? { ...key, descending: true } : { attribute: key.attribute })}
                />
                <ActionIcon aria-label={t.remove(n)} disabled={keys.length === 1} onClick={() => onChange(order, keys.filter((_, j) => j !== i))}>
                  <IconX size={15} aria-hidden />
                </ActionIcon>
              </div>
            )
          })}
          {keys.length < 10 && (
            <Button size="compact-sm" variant="default" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => onChange(order, [...keys, { attribute: '' }])}>
              {t.add}
            </Button>
          )}
        </div>
      )}
      <FindingList findings={findings} />
    </div>
  )
}
