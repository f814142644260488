import { IconEqual, IconMinus, IconPencil, IconPlus, type Icon } from '@tabler/icons-react'
import type { RoutingChange, RoutingDifference, RoutingProblem } from '../../api/types'
import { useFormat, useText } from '../../i18n'
import { routingFileText } from '../../i18n/routingFile'
import { Notice } from '../../ui/Notice'
import { actions, countOf, groupsOf, type Action } from './difference'
import { FieldList, Path } from './FieldList'
import classes from './RoutingFile.module.css'

const pictures: Record<Action, Icon> = { added: IconPlus, changed: IconPencil, removed: IconMinus, same: IconEqual }

/** What a routing file changes: how much, what of it is odd, then entry by entry and field by field. */
export function DifferenceView({ difference, goTo }: { difference: RoutingDifference; goTo: (problem: RoutingProblem) => void }) {
  const t = useText(routingFileText)
  const format = useFormat()
  const people = difference.entries.filter((entry) => entry.kind === 'person' && entry.action === 'added')
  return (
    <div className={classes.difference} data-testid="routing-difference">
      <ul className={classes.counts}>
        {actions.map((action) => (
          <li key={action} data-action={action} data-none={countOf(difference, action) === 0 || undefined}>
            {t.counts[action](format.number(countOf(difference, action)))}
          </li>
        ))}
      </ul>
      {difference.warnings.length > 0 && (
        <Notice title={t.warnings} role="status">
          <Problems problems={difference.warnings} goTo={goTo} />
        </Notice>
      )}
      {people.length > 0 && (
        <Notice title={t.passwords} role="status">
          {t.passwordsHelp(people.map((entry) => entry.name).join(', '))}
        </Notice>
      )}
      {groupsOf(difference).map((group) => (
        <section key={group.kind} className={classes.group} aria-label={t.kind[group.kind]}>
          <h3 className={classes.kind}>{t.kind[group.kind]}</h3>
          {group.entries.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
          {group.same.length > 0 && (
            <p className={classes.same}>
              {t.action.same}: {group.same.join(', ')}
            </p>
          )}
        </section>
      ))}
      {difference.left.length > 0 && (
        <details className={classes.left}>
          <summary>{t.left}</summary>
          <dl>
            {difference.left.map((rest) => (
              <div key={rest.kind}>
                <dt>{t.kind[rest.kind]}</dt>
                <dd>{rest.ids.join(', ')}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </div>
  )
}

/** One entry of what is set up, and what of it changes. */
export function Entry({ entry }: { entry: RoutingChange }) {
  const t = useText(routingFileText)
  const Picture = pictures[entry.action]
  return (
    <article className={classes.entry} data-action={entry.action}>
      <header className={classes.entryHead}>
        <span className={classes.sign} title={t.action[entry.action]}>
          <Picture size={14} stroke={2.2} aria-hidden />
          <span className="sx-hidden">{t.action[entry.action]}</span>
        </span>
        <span className={classes.entryName}>{entry.name}</span>
        <code className={classes.entryId}>{entry.id}</code>
      </header>
      {entry.action !== 'removed' && entry.fields.length > 0 && <FieldList fields={entry.fields} isNew={entry.action === 'added'} />}
    </article>
  )
}

/** What is wrong with a file, or odd about it, each with its place in the text. The server says it in English. */
export function Problems({ problems, goTo }: { problems: readonly RoutingProblem[]; goTo: (problem: RoutingProblem) => void }) {
  const t = useText(routingFileText)
  const format = useFormat()
  return (
    <ul className={classes.problems}>
      {problems.map((problem, i) => (
        <li key={i}>
          <span className={classes.where}>
            {problem.at && (
              <code>
                <Path path={problem.at} />
              </code>
            )}
            {problem.line !== undefined && (
              <button type="button" className={classes.place} onClick={() => goTo(problem)}>
                {t.place(format.number(problem.line), format.number(problem.column ?? 1))}
              </button>
            )}
          </span>
          <span className={classes.words} lang="en">
            {problem.words}
          </span>
        </li>
      ))}
    </ul>
  )
}
