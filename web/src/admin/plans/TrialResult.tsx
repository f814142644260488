import type { PlanOutcome, TriedStep } from '../../api/types'
import { Reasons } from '../../explain/Reasons'
import { useNames, type PlanNames } from '../../explain/names'
import { wordsFor } from '../../explain/Way'
import { useFormat, useText } from '../../i18n'
import { explainText } from '../../i18n/explain'
import { plansText } from '../../i18n/plans'
import { Avatar } from '../../ui/Avatar'
import classes from './Plans.module.css'

/** Which rule, which steps, who would be asked in each, and why others would not. */
export function TrialResult({ outcome }: { outcome: PlanOutcome }) {
  const t = useText(plansText).trial
  const names = useNames()
  const { rule, steps, overflow } = outcome
  const entered = steps.findIndex((step) => !step.skipped)
  const last = steps.at(-1)
  const endless = last !== undefined && !last.skipped && last.timeout_s === undefined
  return (
    <div className={classes.outcome} data-testid="trial-result">
      <p className={classes.took} role="status">{rule === 'default' ? t.tookDefault : t.took(rule)}</p>
      <ol className={classes.tried}>
        {steps.map((step) => (
          <Step key={step.step} step={step} first={step.step === entered} names={names} />
        ))}
      </ol>
      <p className={classes.then}>
        {endless ? t.neverOver : overflow.queue ? t.thenQueue(names.queue(overflow.queue)) : overflow.plan ? t.thenPlan(names.plan(overflow.plan)) : t.thenFlow}
      </p>
    </div>
  )
}

function Step({ step, first, names }: { step: TriedStep; first: boolean; names: PlanNames }) {
  const { trial: t, step: words, sentence } = useText(plansText)
  const explain = useText(explainText)
  const format = useFormat()
  const needs = Object.entries(step.skills).map(([skill, level]) => explain.skillLevel(names.skill(skill), format.number(level)))
  const facts = [
    step.timeout_s === undefined ? sentence.forEver : t.for(format.duration(step.timeout_s * 1000)),
    needs.length > 0 && t.needs(format.list(needs)),
    step.priority > 0 && t.priorityOf(format.number(step.priority)),
  ].filter(Boolean)
  const why = step.skipped === 'known_agent' ? t.notKnown : wordsFor(explain.plan.skippedWhy, step.skipped ?? '')
  const later = step.others.filter((other) => other.could)
  const cannot = step.others.filter((other) => !other.could)
  const [best, ...rest] = step.eligible
  return (
    <li className={classes.triedStep} data-first={first || undefined} data-skipped={step.skipped ? true : undefined} data-testid="trial-step">
      <div className={classes.triedHead}>
        <strong>{words.title(format.number(step.step + 1))}</strong>
        <span>{names.queue(step.queue)}</span>
        {first && <span className={classes.here}>{t.now}</span>}
      </div>
      <p className={classes.facts}>{facts.join(' · ')}</p>
      {step.skipped && <p className={classes.passed}>{t.passedOver(why)}</p>}
      {best ? (
        <details open={first}>
          <summary>{t.asked(format.number(step.eligible.length))}</summary>
          <ul className={classes.people}>
            <li>
              <Avatar name={best.name} seed={best.id} size={24} />
              <span className={classes.person}>{best.name}</span>
              <Reasons reasons={step.reasons} good names={names} />
            </li>
            {rest.map((person, i) => {
              const other = later.find(({ agent }) => agent.id === person.id)
              return (
                <li key={person.id}>
                  <Avatar name={person.name} seed={person.id} size={24} />
                  <span className={classes.person}>
                    {person.name} <span className={classes.dim}>{t.inTurn(format.number(i + 2))}</span>
                  </span>
                  {other && <Reasons reasons={other.reasons} good names={names} />}
                </li>
              )
            })}
          </ul>
        </details>
      ) : (
        <p className={classes.nobody}>{t.nobody}</p>
      )}
      {cannot.length > 0 && (
        <details open={first && !best}>
          <summary>{t.others(format.number(cannot.length))}</summary>
          <ul className={classes.people}>
            {cannot.map(({ agent, reasons }) => (
              <li key={agent.id}>
                <Avatar name={agent.name} seed={agent.id} size={24} />
                <span className={classes.person}>{agent.name}</span>
                <Reasons reasons={reasons} good={false} names={names} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </li>
  )
}
