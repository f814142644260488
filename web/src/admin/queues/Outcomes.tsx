import { ActionIcon, Button, TextInput } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconPlus, IconX } from '@tabler/icons-react'
import { useRef } from 'react'
import { useFormat, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { slugify, slugPattern, type TextValues } from '../kit/values'
import classes from './Queues.module.css'

/** `key` is there for the screen only; `saved` ones are in use and keep their id. */
export type OutcomeValues = { key: number; id: string; label: TextValues; saved: boolean; typed: boolean }

export function outcomesValid(outcomes: readonly OutcomeValues[]): boolean {
  const ids = outcomes.map(({ id }) => id)
  return outcomes.every(({ id, label }) => slugPattern.test(id) && label.en.trim() !== '') && new Set(ids).size === ids.length
}

type Props = { outcomes: readonly OutcomeValues[]; showErrors: boolean; onChange: (outcomes: OutcomeValues[]) => void }

/** What agents may choose from when they wrap up, in this order. */
export function Outcomes({ outcomes, showErrors, onChange }: Props) {
  const t = useText(adminText)
  const format = useFormat()
  const next = useRef(outcomes.length)
  const list = useRef<HTMLDivElement>(null)

  const change = (index: number, patch: Partial<OutcomeValues>) => onChange(outcomes.map((outcome, i) => (i === index ? { ...outcome, ...patch } : outcome)))
  const move = (from: number, to: number) => {
    const moved = [...outcomes]
    const [taken] = moved.splice(from, 1)
    if (taken) moved.splice(to, 0, taken)
    onChange(moved)
  }
  const add = () => {
    onChange([...outcomes, { key: next.current++, id: '', label: { en: '', ko: '' }, saved: false, typed: false }])
    requestAnimationFrame(() => list.current?.querySelector<HTMLInputElement>('[data-outcome]:last-of-type input')?.focus())
  }
  const setEnglish = (index: number, outcome: OutcomeValues, en: string) =>
    change(index, { label: { ...outcome.label, en }, ...(outcome.saved || outcome.typed ? {} : { id: slugify(en).replaceAll('-', '_') }) })

  const idError = (outcome: OutcomeValues): string | undefined => {
    if (!showErrors) return undefined
    if (!slugPattern.test(outcome.id)) return outcome.id ? t.rules.slug : t.rules.required
    return outcomes.filter(({ id }) => id === outcome.id).length > 1 ? t.rules.duplicate : undefined
  }

  return (
    <div ref={list}>
      {outcomes.length === 0 && <p className={classes.none}>{t.queues.noOutcomes}</p>}
      {outcomes.map((outcome, i) => {
        const name = outcome.label.en || t.queues.outcomeN(format.number(i + 1))
        return (
          <div key={outcome.key} className={classes.outcome} data-outcome role="group" aria-label={name}>
            <TextInput
              aria-label={`${name}: ${t.editor.english}`}
              placeholder={t.editor.english}
              maxLength={200}
              value={outcome.label.en}
              error={showErrors && outcome.label.en.trim() === '' ? t.rules.required : undefined}
              onChange={(event) => setEnglish(i, outcome, event.currentTarget.value)}
            />
            <TextInput
              aria-label={`${name}: ${t.editor.korean}`}
              placeholder={t.editor.korean}
              maxLength={200}
              lang="ko"
              value={outcome.label.ko}
              onChange={(event) => change(i, { label: { ...outcome.label, ko: event.currentTarget.value } })}
            />
            <TextInput
              aria-label={`${name}: ${t.editor.id}`}
              placeholder={t.editor.id}
              maxLength={60}
              spellCheck={false}
              readOnly={outcome.saved}
              data-saved={outcome.saved || undefined}
              classNames={{ input: classes.outcomeId }}
              value={outcome.id}
              error={idError(outcome)}
              onChange={(event) => change(i, { id: event.currentTarget.value, typed: true })}
            />
            <span className={classes.outcomeTools}>
              <ActionIcon aria-label={t.queues.moveUp(name)} disabled={i === 0} onClick={() => move(i, i - 1)}>
                <IconArrowUp size={15} aria-hidden />
              </ActionIcon>
              <ActionIcon aria-label={t.queues.moveDown(name)} disabled={i === outcomes.length - 1} onClick={() => move(i, i + 1)}>
                <IconArrowDown size={15} aria-hidden />
              </ActionIcon>
              <ActionIcon aria-label={t.queues.removeOutcome(name)} onClick={() => onChange(outcomes.filter((_, j) => j !== i))}>
                <IconX size={15} aria-hidden />
              </ActionIcon>
            </span>
          </div>
        )
      })}
      <Button mt={8} size="compact-sm" variant="default" leftSection={<IconPlus size={14} aria-hidden />} onClick={add}>
        {t.queues.addOutcome}
      </Button>
    </div>
  )
}
