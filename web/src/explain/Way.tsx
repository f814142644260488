import type { Explanation } from '../api/types'
import { useFormat, useText } from '../i18n'
import type { Catalog } from '../i18n/core'
import type { explain } from '../i18n/en/explain'
import { explainText } from '../i18n/explain'
import { useNow } from '../ui/useNow'
import classes from './Explain.module.css'
import type { PlanNames } from './names'

type Plan = NonNullable<NonNullable<Explanation['request']>['plan']>

/** Where a waiting conversation is in its plan, and how it got there. */
export function Way({ explanation, names }: { explanation: Explanation; names: PlanNames }) {
  const t = useText(explainText).plan
  const format = useFormat()
  const { request, way } = explanation
  if (!request) return null
  const { plan, condition, anyone, known, known_until: until } = request
  if (!plan && !condition && !anyone && !known) return null
  return (
    <section className={classes.plan} data-testid="explain-plan">
      {plan && (
        <>
          <h3 className={classes.group}>{t.where(names.plan(plan.id), ruleName(plan.rule, t))}</h3>
          <p className={classes.line}>
            <strong>{plan.steps > 0 ? t.stepOf(format.number(plan.step + 1), format.number(plan.steps)) : t.step(format.number(plan.step + 1))}</strong>
            <NextStep plan={plan} />
          </p>
        </>
      )}
      {anyone && <p className={classes.line}>{t.anyone}</p>}
      {known && until && <p className={classes.line}>{t.known(known.name, format.time(until))}</p>}
      {condition && (
        <p className={classes.line}>
          {t.condition} <code className={classes.code}>{condition}</code>
        </p>
      )}
      {plan && way.length > 0 && (
        <ol className={classes.way} aria-label={t.way}>
          {way.map((stop) => (
            <li key={`${stop.at} ${stop.step}`}>
              {stop.skipped.map((skip) => (
                <div key={skip.step} className={classes.skipped}>
                  {t.skipped(format.number(skip.step + 1), wordsFor(t.skippedWhy, skip.reason))}
                </div>
              ))}
              <time dateTime={stop.at}>{format.time(stop.at)}</time> {t.step(format.number(stop.step + 1))}, {names.queue(stop.queue)}: {wordsFor(t.why, stop.reason)}
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

function NextStep({ plan }: { plan: Plan }) {
  const t = useText(explainText).plan
  const format = useFormat()
  const now = useNow(1000)
  if (plan.steps === 0) return <span>{t.gone}</span>
  if (!plan.until) return <span>{t.last}</span>
  return (
    <span role="timer">
      {t.next} <strong>{format.countdown(Date.parse(plan.until) - now)}</strong>
    </span>
  )
}

/** The rule without a condition has no name of its own. */
export function ruleName(rule: string, t: Catalog<typeof explain>['plan']): string {
  return rule === 'default' ? t.defaultRule : rule
}

/** Words for a code of the server, or the code itself. */
export function wordsFor(words: Readonly<Record<string, string>>, code: string): string {
  return (Object.hasOwn(words, code) ? words[code] : undefined) ?? code
}
