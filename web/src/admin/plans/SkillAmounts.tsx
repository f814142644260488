import { ActionIcon, NumberInput, Select } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useId } from 'react'
import { useText } from '../../i18n'
import { plansText } from '../../i18n/plans'
import { FindingList } from '../routing/FindingList'
import type { Finding } from '../routing/findings'
import classes from './Plans.module.css'
import { useWorld } from './world'

type Props = {
  label: string
  help: string
  value: Readonly<Record<string, number>>
  onChange: (value: Record<string, number> | undefined) => void
  findings: readonly Finding[]
  /** What is added first, and the words for it. */
  usual?: number
  add?: string
  /** Also a line for every skill at once. */
  every?: boolean
  amountOf?: (skill: string) => string
}

/** Skills with a number each: the level that is needed, or by how much it may be lower. */
export function SkillAmounts({ label, help, value, onChange, findings, usual = 50, add, every = false, amountOf }: Props) {
  const t = useText(plansText)
  const { skills } = useWorld()
  const id = useId()
  const choices = [...(every ? [{ value: '*', label: t.step.everySkill }] : []), ...skills]
  const name = (skill: string) => choices.find((choice) => choice.value === skill)?.label ?? skill
  const free = choices.filter((choice) => !Object.hasOwn(value, choice.value))
  const without = (skill: string) => Object.fromEntries(Object.entries(value).filter(([one]) => one !== skill))
  const addWords = add ?? t.addSkill
  return (
    <div role="group" aria-labelledby={id}>
      <div className={classes.label} id={id}>
        {label}
      </div>
      {Object.entries(value).map(([skill, amount]) => (
        <div key={skill} className={classes.amount}>
          <span className={classes.amountName}>{name(skill)}</span>
          <NumberInput
            aria-label={(amountOf ?? t.levelOf)(name(skill))}
            size="xs"
            w={84}
            min={1}
            max={100}
            clampBehavior="strict"
            allowDecimal={false}
            value={amount}
            onChange={(next) => typeof next === 'number' && next >= 1 && onChange({ ...value, [skill]: next })}
          />
          <ActionIcon aria-label={t.removeSkill(name(skill))} onClick={() => onChange(without(skill))}>
            <IconX size={15} aria-hidden />
          </ActionIcon>
        </div>
      ))}
      {free.length > 0 && (
        <Select
          size="xs"
          aria-label={`${label}: ${addWords}`}
          placeholder={addWords}
          searchable={free.length > 8}
          value={null}
          data={free}
          onChange={(skill) => skill && onChange({ ...value, [skill]: usual })}
        />
      )}
      <p className={classes.help}>{help}</p>
      <FindingList findings={findings} />
    </div>
  )
}
