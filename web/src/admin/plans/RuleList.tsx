import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import { useFormat, useText } from '../../i18n'
import { plansText } from '../../i18n/plans'
import { findingsAt } from '../routing/findings'
import { FindingList } from '../routing/FindingList'
import { move, replaced } from '../routing/lists'
import { freeKey, freeName, type RuleDraft } from './draft'
import classes from './Plans.module.css'
import { RuleCard } from './RuleCard'
import { useWorld } from './world'

type Props = {
  rules: readonly RuleDraft[]
  otherwise: RuleDraft
  open: ReadonlySet<number>
  onOpen: (open: ReadonlySet<number>) => void
  onRules: (rules: RuleDraft[]) => void
  onOtherwise: (rule: RuleDraft) => void
}

/** Rules in their order, and what is done when none of them holds. */
export function RuleList({ rules, otherwise, open, onOpen, onRules, onOtherwise }: Props) {
  const t = useText(plansText)
  const format = useFormat()
  const { findings } = useWorld()
  const list = useRef<HTMLDivElement>(null)
  const [said, setSaid] = useState('')
  const [removed, setRemoved] = useState<{ rule: RuleDraft; index: number; name: string }>()

  const nameOf = ({ rule }: RuleDraft, i: number) => (rule.name ?? '') || t.rule(format.number(i + 1))
  const toggle = (key: number) => onOpen(new Set(open.has(key) ? [...open].filter((one) => one !== key) : [...open, key]))
  const focus = (key: number, what: string) => requestAnimationFrame(() => list.current?.querySelector<HTMLElement>(`[data-rule="${key}"] ${what}`)?.focus())

  const add = (rule: RuleDraft, index: number) => {
    onRules(rules.toSpliced(index, 0, rule))
    onOpen(new Set([...open, rule.key]))
    focus(rule.key, 'input')
  }
  const key = freeKey(rules, otherwise)

  return (
    <div className={classes.rules} ref={list}>
      <FindingList findings={findingsAt(findings, 'rules')} />
      {rules.length === 0 && <p className={classes.none}>{t.noRules}</p>}
      <ol className={classes.list}>
        {rules.map((rule, i) => {
          const name = nameOf(rule, i)
          return (
            <li key={rule.key} data-rule={rule.key}>
              <RuleCard
                name={name}
                number={i + 1}
                place={`rules[${i}]`}
                draft={rule}
                open={open.has(rule.key)}
                onToggle={() => toggle(rule.key)}
                onChange={(next) => onRules(replaced(rules, i, next))}
                onMove={(by) => {
                  const to = i + by
                  if (to < 0 || to >= rules.length) return
                  onRules(move(rules, i, to))
                  setSaid(t.moved(name, format.number(to + 1), format.number(rules.length)))
                }}
                first={i === 0}
                last={i === rules.length - 1}
                onDuplicate={() => add({ ...rule, key, rule: { ...rule.rule, name: freeName(t.copyOf(name), rules) } }, i + 1)}
                onRemove={() => {
                  onRules(rules.filter((_, j) => j !== i))
                  setRemoved({ rule, index: i, name })
                }}
              />
            </li>
          )
        })}
      </ol>
      {removed && (
        <p key={removed.rule.key} className={classes.removed} role="status">
          {t.removed(removed.name)}
          <Button
            size="compact-xs"
            variant="subtle"
            autoFocus
            onClick={() => {
              onRules(rules.toSpliced(removed.index, 0, { ...removed.rule, key }))
              setRemoved(undefined)
            }}
          >
            {t.undo}
          </Button>
        </p>
      )}
      {rules.length < 100 && (
        <Button
          className={classes.add}
          size="compact-sm"
          variant="default"
          data-testid="add-rule"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => add({ key, rule: { name: freeName(t.rule(format.number(rules.length + 1)), rules), when: '' }, steps: [{ key: 0, step: {} }] }, rules.length)}
        >
          {t.addRule}
        </Button>
      )}
      <div data-rule={otherwise.key}>
        <RuleCard
          name={(otherwise.rule.name ?? '') || t.otherwise}
          place="default"
          draft={otherwise}
          open={open.has(otherwise.key)}
          onToggle={() => toggle(otherwise.key)}
          onChange={onOtherwise}
        />
      </div>
      <div className="sx-hidden" role="status">
        {said}
      </div>
    </div>
  )
}
