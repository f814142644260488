import { NativeSelect } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { useQueues, useSkills } from '../api/queries'
import { useFormat, useLocalText, useText } from '../i18n'
import { simulationText } from '../i18n/simulation'
import { Charts } from './Charts'
import { changeText, shareText, valueText, verdictOf, waitText, type What } from './figures'
import classes from './Simulation.module.css'
import type { Comparison, Difference, Group, Simulation } from './types'

/** What came of a simulation: the figures that count most, all of them for a group of customers, and plots. */
export function Outcome({ simulation }: { simulation: Simulation }) {
  const t = useText(simulationText)
  const format = useFormat()
  const [group, setGroup] = useState<Group>({ kind: 'all' })
  const { comparison, recorded } = simulation
  const before = comparison.before.all
  const differences = differencesOf(comparison, group)

  return (
    <section aria-label={t.result.label} className={classes.result}>
      <div className={classes.resultHead}>
        <h2 className={classes.heading}>{t.result.label}</h2>
        <p className={classes.dim}>{t.result.customers(format.number(before.customers), format.number(simulation.by_plan))}</p>
        <ul className={classes.legend}>
          <li data-run="today">{t.result.today}</li>
          <li data-run="changed">{t.result.changed}</li>
        </ul>
      </div>
      <Tiles differences={comparison.all} />
      <p className={classes.dim}>
        {t.result.fact(shareText(recorded.service_level, format), shareText(recorded.left_share, format), waitText(recorded.p50_s, t, format))}{' '}
        {t.result.simulated(shareText(before.service_level, format), shareText(before.left_share, format), waitText(before.p50_s, t, format))}
        {simulation.left_out > 0 && ` ${t.result.leftOut(format.number(simulation.left_out))}`}
      </p>
      <GroupChoice comparison={comparison} group={group} onChange={setGroup} />
      <Figures differences={differences} />
      <Charts comparison={comparison} group={group} />
      <Steps comparison={comparison} />
      <Agents comparison={comparison} />
    </section>
  )
}

function differencesOf(comparison: Comparison, group: Group): readonly Difference[] {
  if (group.kind === 'all') return comparison.all
  return (group.kind === 'queue' ? comparison.queues : comparison.skills)[group.id] ?? []
}

const tiles: readonly What[] = ['service_level', 'left_share', 'mean_wait_s', 'p50_s', 'p95_s', 'occupancy', 'spread']

function Tiles({ differences }: { differences: readonly Difference[] }) {
  const t = useText(simulationText)
  const format = useFormat()
  return (
    <dl className={classes.tiles}>
      {tiles.map((what) => {
        const difference = differences.find((d) => d.what === what)
        if (!difference) return null
        return (
          <div key={what} className={classes.tile}>
            <dt title={helpOf(t.figureHelp, what)}>{t.figures[what]}</dt>
            <dd>
              <span className={classes.was}>{valueText(what, difference.before, t, format)}</span>
              <span className={classes.arrow} aria-hidden>
                →
              </span>
              <span className={classes.becomes}>{valueText(what, difference.after, t, format)}</span>
              <Change difference={difference} />
            </dd>
          </div>
        )
      })}
    </dl>
  )
}

function helpOf(help: Readonly<Record<string, string>>, what: What): string | undefined {
  return help[what]
}

/** How much, and what to make of it; never by color alone. */
function Change({ difference }: { difference: Difference }) {
  const t = useText(simulationText)
  const format = useFormat()
  const verdict = verdictOf(difference)
  const words = { better: t.result.better, worse: t.result.worse, same: t.result.same, chance: t.result.chance, unknown: undefined }[verdict]
  return (
    <span className={classes.change} data-verdict={verdict}>
      {verdict !== 'same' && changeText(difference.what, difference.change, t, format)}
      {words && <span className={classes.words}>{words}</span>}
    </span>
  )
}

type ChoiceProps = { comparison: Comparison; group: Group; onChange: (group: Group) => void }

function GroupChoice({ comparison, group, onChange }: ChoiceProps) {
  const t = useText(simulationText)
  const local = useLocalText()
  const queues = useQueues()
  const skills = useSkills()
  const groups: Group[] = [
    { kind: 'all' },
    ...Object.keys(comparison.queues).sort().map((id): Group => ({ kind: 'queue', id })),
    ...Object.keys(comparison.skills).sort().map((id): Group => ({ kind: 'skill', id })),
  ]
  const name = (of: Group) => {
    if (of.kind === 'all') return t.result.all
    if (of.kind === 'queue') return t.result.queue(local(queues.data?.find((queue) => queue.id === of.id)?.name) || of.id)
    return t.result.skill(local(skills.data?.find((skill) => skill.id === of.id)?.label) || of.id)
  }
  const key = (of: Group) => (of.kind === 'all' ? 'all' : `${of.kind}:${of.id}`)
  if (groups.length < 3) return null
  return (
    <NativeSelect
      className={classes.group}
      label={t.result.group}
      value={key(group)}
      onChange={(event) => onChange(groups.find((of) => key(of) === event.currentTarget.value) ?? { kind: 'all' })}
      data={groups.map((of) => ({ value: key(of), label: name(of) }))}
    />
  )
}

/** What is too wide scrolls, also by keyboard. */
function Card({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={classes.card} tabIndex={0} role="group" aria-label={label}>
      {children}
    </div>
  )
}

function Figures({ differences }: { differences: readonly Difference[] }) {
  const t = useText(simulationText)
  const format = useFormat()
  return (
    <Card label={t.result.label}>
      <table className={classes.table} aria-label={t.result.label}>
        <thead>
          <tr>
            <td />
            <th scope="col">{t.result.today}</th>
            <th scope="col">{t.result.changed}</th>
            <th scope="col">{t.result.change}</th>
            <th scope="col" className={classes.certainty}>
              {t.result.certainty}
            </th>
          </tr>
        </thead>
        <tbody>
          {differences.map((difference) => {
            const { what, within } = difference
            const bound = (value: number) => changeText(what, value, t, format)
            return (
              <tr key={what}>
                <th scope="row" title={helpOf(t.figureHelp, what)}>
                  {t.figures[what]}
                </th>
                <td>{valueText(what, difference.before, t, format)}</td>
                <td>{valueText(what, difference.after, t, format)}</td>
                <td>
                  <Change difference={difference} />
                </td>
                <td className={classes.certainty}>{within && difference.change !== 0 && t.result.between(bound(within.low), bound(within.high))}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </Card>
  )
}

function Steps({ comparison }: { comparison: Comparison }) {
  const t = useText(simulationText)
  const format = useFormat()
  const rows = [comparison.before, comparison.after].flatMap((run, i) => run.steps.map((step) => ({ ...step, run: i === 0 ? t.result.today : t.result.changed })))
  if (rows.length === 0) return null
  return (
    <section className={classes.block} aria-label={t.steps.title}>
      <h3 className={classes.heading}>{t.steps.title}</h3>
      <p className={classes.dim}>{t.steps.help}</p>
      <Card label={t.steps.title}>
        <table className={classes.table} aria-label={t.steps.title}>
          <thead>
            <tr>
              <th scope="col">{t.steps.plan}</th>
              <th scope="col" className={classes.text}>{t.steps.rule}</th>
              <th scope="col">{t.steps.step}</th>
              <th scope="col" className={classes.text}>{t.steps.when}</th>
              <th scope="col">{t.steps.entered}</th>
              <th scope="col">{t.steps.answered}</th>
              <th scope="col">{t.steps.passedOver}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((step) => (
              <tr key={`${step.run} ${step.plan} ${step.rule} ${step.step}`}>
                <th scope="row">{step.plan}</th>
                <td className={classes.text}>{step.rule}</td>
                <td>{format.number(step.step + 1)}</td>
                <td className={classes.text}>{step.run}</td>
                <td>{format.number(step.entered)}</td>
                <td>{format.number(step.answered)}</td>
                <td>{format.number(step.passed_over)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Card>
    </section>
  )
}

function Agents({ comparison }: { comparison: Comparison }) {
  const t = useText(simulationText)
  const format = useFormat()
  const runs = [comparison.before, comparison.after]
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.agents)))].sort((a, b) => a.localeCompare(b))
  return (
    <section className={classes.block} aria-label={t.agents.title}>
      <h3 className={classes.heading}>{t.agents.title}</h3>
      <Card label={t.agents.title}>
        <table className={classes.table} aria-label={t.agents.title}>
          <thead>
            <tr>
              <td />
              {[t.agents.served, t.agents.occupancy, t.agents.missed].map((what) => (
                <th key={what} scope="colgroup" colSpan={2}>
                  {what}
                </th>
              ))}
            </tr>
            <tr>
              <th scope="col">{t.agents.agent}</th>
              {[0, 1, 2].flatMap((n) => [
                <th key={`${n} today`} scope="col">{t.result.today}</th>,
                <th key={`${n} changed`} scope="col">{t.result.changed}</th>,
              ])}
            </tr>
          </thead>
          <tbody>
            {names.map((name) => {
              const [before, after] = runs.map((run) => run.agents[name])
              return (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  {[before, after].map((work, i) => <td key={`s${i}`}>{work ? format.number(work.served) : '–'}</td>)}
                  {[before, after].map((work, i) => <td key={`o${i}`}>{work ? shareText(work.occupancy, format) : '–'}</td>)}
                  {[before, after].map((work, i) => <td key={`m${i}`}>{work ? format.number(work.missed) : '–'}</td>)}
                </tr>
              )
            })}
          </tbody>
        </table>
      </Card>
    </section>
  )
}
