import { ActionIcon, Button, NumberInput, TextInput } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconChevronRight, IconCopy, IconPlus, IconTrash } from '@tabler/icons-react'
import { useId, useRef, useState } from 'react'
import { useFormat, useText } from '../../i18n'
import { plansText } from '../../i18n/plans'
import { ConditionInput } from '../routing/ConditionInput'
import { FindingList } from '../routing/FindingList'
import { findingsAt } from '../routing/findings'
import { keepFocus } from '../routing/keepFocus'
import { move, replaced } from '../routing/lists'
import { TargetInput } from '../routing/TargetInput'
import { freeKey, set, type RuleDraft } from './draft'
import classes from './Plans.module.css'
import { SkillAmounts } from './SkillAmounts'
import { StepCard } from './StepCard'
import { useSentence } from './useSentence'
import { useWorld } from './world'

type Props = {
  name: string
  /** Its place among the rules; absent: what is done otherwise. */
  number?: number
  place: string
  draft: RuleDraft
  open: boolean
  onToggle: () => void
  onChange: (draft: RuleDraft) => void
  onMove?: (by: -1 | 1) => void
  first?: boolean
  last?: boolean
  onDuplicate?: () => void
  onRemove?: () => void
}

/** One way through a plan: when it is taken, what it asks for, and its steps. */
export function RuleCard({ name, number, place, draft, open, onToggle, onChange, onMove, first = true, last = true, onDuplicate, onRemove }: Props) {
  const t = useText(plansText)
  const format = useFormat()
  const sentence = useSentence()
  const { queues, plans, findings } = useWorld()
  const id = useId()
  const head = useRef<HTMLElement>(null)
  const [said, setSaid] = useState('')
  const moveBy = (by: -1 | 1) => {
    onMove?.(by)
    keepFocus(head.current)
  }
  const { rule, steps } = draft
  const inside = findingsAt(findings, place, true)
  const wrong = inside.filter((finding) => !finding.doubt).length
  const at = (field: string) => findingsAt(findings, `${place}.${field}`)
  const change = (next: RuleDraft['rule']) => onChange({ ...draft, rule: next })

  return (
    <div role="group" className={classes.rule} data-open={open || undefined} data-testid="plan-rule" aria-label={name}>
      <header className={classes.ruleHead} ref={head}>
        <button
          type="button"
          className={classes.toggle}
          aria-expanded={open}
          aria-controls={id}
          aria-keyshortcuts={onMove && 'Alt+ArrowUp Alt+ArrowDown'}
          title={onMove && t.moveHelp}
          onClick={onToggle}
          onKeyDown={(event) => {
            if (!onMove || !event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return
            event.preventDefault()
            moveBy(event.key === 'ArrowUp' ? -1 : 1)
          }}
        >
          <IconChevronRight className={classes.chevron} size={16} aria-hidden />
          {number !== undefined && <span className={classes.number}>{format.number(number)}</span>}
          <span className={classes.ruleName}>{name}</span>
          {inside.length > 0 && (
            <span className={classes.badge} data-doubt={wrong === 0 || undefined}>
              {format.number(wrong || inside.length)}
              <span className="sx-hidden"> {wrong > 0 ? t.problems.many(format.number(wrong)) : t.doubts.many(format.number(inside.length))}</span>
            </span>
          )}
          {rule.when && !open && <code className={classes.whenShort}>{rule.when}</code>}
          {number === undefined && !open && <span className={classes.dim}>{t.otherwiseHelp}</span>}
        </button>
        {onMove && (
          <span className={classes.ruleTools}>
            <ActionIcon aria-label={t.moveUp(name)} disabled={first} onClick={() => moveBy(-1)}>
              <IconArrowUp size={15} aria-hidden />
            </ActionIcon>
            <ActionIcon aria-label={t.moveDown(name)} disabled={last} onClick={() => moveBy(1)}>
              <IconArrowDown size={15} aria-hidden />
            </ActionIcon>
            <ActionIcon aria-label={t.duplicate(name)} onClick={onDuplicate}>
              <IconCopy size={15} aria-hidden />
            </ActionIcon>
            <ActionIcon aria-label={t.remove(name)} onClick={onRemove}>
              <IconTrash size={15} aria-hidden />
            </ActionIcon>
          </span>
        )}
      </header>
      {!open && (
        <ol className={classes.short}>
          {steps.map(({ key, step }) => (
            <li key={key}>{sentence(step)}</li>
          ))}
        </ol>
      )}
      {open && (
        <div className={classes.ruleBody} id={id}>
          <FindingList findings={findingsAt(findings, place)} />
          <div className={classes.fields}>
            <div className={number === undefined ? undefined : classes.full}>
              <TextInput
                label={number === undefined ? t.otherwiseName : t.ruleName}
                required={number !== undefined}
                withAsterisk={false}
                maxLength={100}
                value={rule.name ?? ''}
                error={at('name').length > 0}
                onChange={(event) => change(set(rule, 'name', event.currentTarget.value))}
              />
              <FindingList findings={at('name')} />
            </div>
            {number !== undefined && (
              <div className={classes.full}>
                <ConditionInput label={t.when} description={t.whenHelp} scope="request" required value={rule.when ?? ''} onChange={(when) => change(set(rule, 'when', when))} findings={at('when')} />
              </div>
            )}
            <div>
              <NumberInput
                label={t.rulePriority}
                description={t.rulePriorityHelp}
                min={0}
                max={100}
                clampBehavior="strict"
                allowDecimal={false}
                value={rule.priority ?? ''}
                error={at('priority').length > 0}
                onChange={(value) => change(set(rule, 'priority', typeof value === 'number' ? value : undefined))}
              />
              <FindingList findings={at('priority')} />
            </div>
            <TargetInput
              label={t.ruleOverflow}
              none={t.target.plan}
              value={rule.overflow}
              onChange={(overflow) => change(set(rule, 'overflow', overflow))}
              queues={queues}
              plans={plans}
              findings={findingsAt(findings, `${place}.overflow`, true)}
            />
            <SkillAmounts label={t.skills} help={t.skillsHelp} value={rule.skills ?? {}} onChange={(skills) => change(set(rule, 'skills', skills))} findings={at('skills')} />
            <SkillAmounts label={t.preferred} help={t.preferredHelp} value={rule.preferred ?? {}} onChange={(preferred) => change(set(rule, 'preferred', preferred))} findings={at('preferred')} />
          </div>
          <h4 className={classes.stepsTitle}>{t.steps}</h4>
          <FindingList findings={at('steps')} />
          <ol className={classes.steps}>
            {steps.map(({ key, step }, n) => {
              const title = t.step.title(format.number(n + 1))
              return (
                <li key={key}>
                  <StepCard
                    title={title}
                    place={`${place}.steps[${n}]`}
                    step={step}
                    onChange={(next) => onChange({ ...draft, steps: replaced(steps, n, { key, step: next }) })}
                    onMove={(by) => {
                      const to = n + by
                      if (to < 0 || to >= steps.length) return
                      onChange({ ...draft, steps: move(steps, n, to) })
                      setSaid(t.moved(title, format.number(to + 1), format.number(steps.length)))
                    }}
                    first={n === 0}
                    last={n === steps.length - 1}
                    {...(steps.length > 1 ? { onRemove: () => onChange({ ...draft, steps: steps.filter((_, j) => j !== n) }) } : {})}
                  />
                </li>
              )
            })}
          </ol>
          {steps.length < 50 && (
            <Button
              className={classes.add}
              size="compact-sm"
              variant="default"
              data-testid="add-step"
              leftSection={<IconPlus size={14} aria-hidden />}
              onClick={() => onChange({ ...draft, steps: [...steps, { key: freeKey(steps), step: {} }] })}
            >
              {t.step.add}
            </Button>
          )}
          <div className="sx-hidden" role="status">
            {said}
          </div>
        </div>
      )}
    </div>
  )
}
