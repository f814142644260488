import { useFormat, useText } from '../i18n'
import { simulationText } from '../i18n/simulation'
import { shareText, waitText } from './figures'
import { Plot, type Point } from './Plot'
import { day, numbers, seconds, shares } from './scale'
import classes from './Simulation.module.css'
import type { Comparison, Group, Result, Service } from './types'

type Runs<T> = readonly [T, T]
type Hour = Service['hours'][number]

const nobody: Service = {
  customers: 0, answered: 0, abandoned: 0, overflowed: 0, unserved: 0, offers: 0, rejected_offers: 0, missed_offers: 0, waited: 0, mean_wait_s: 0, mean_answer_s: 0,
  service_level: 0, left_share: 0, waited_within: { low: 0, high: 0 }, mean_wait_within_s: { low: 0, high: 0 }, service_level_within: { low: 0, high: 0 },
  left_share_within: { low: 0, high: 0 }, p50_s: 0, p90_s: 0, p95_s: 0, p99_s: 0, longest_s: 0, percentiles_s: Array<number>(101).fill(0), mean_queue: 0, most_queue: 0,
  hours: Array.from({ length: 24 }, () => ({ customers: 0, left: 0, mean_wait_s: 0, service_level: 0 })),
}

/** How a group fared in a run. */
export function serviceOf(result: Result, group: Group): Service {
  if (group.kind === 'all') return result.all
  return (group.kind === 'queue' ? result.queues : result.skills)[group.id] ?? nobody
}

const two = (n: number) => String(n).padStart(2, '0')

export function Charts({ comparison, group }: { comparison: Comparison; group: Group }) {
  const t = useText(simulationText)
  const services: Runs<Service> = [serviceOf(comparison.before, group), serviceOf(comparison.after, group)]
  return (
    <div className={classes.charts}>
      <Waits services={services} />
      <Hourly services={services} title={t.charts.level} of={(hour) => hour.service_level} whole />
      <Hourly services={services} title={t.charts.left} of={(hour) => hour.left / hour.customers} />
      {services[0].lengths && services[1].lengths && <Lengths lengths={[services[0].lengths, services[1].lengths]} />}
      {group.kind === 'all' && <Occupancy runs={[comparison.before, comparison.after]} />}
      {group.kind === 'all' && <People runs={[comparison.before, comparison.after]} />}
    </div>
  )
}

/** How many of a hundred have been answered, or have left, within a time. */
function Waits({ services }: { services: Runs<Service> }) {
  const t = useText(simulationText)
  const format = useFormat()
  const wait = (s: number) => waitText(s, t, format)
  const at = (service: Service, percent: number) => service.percentiles_s[percent] ?? 0
  return (
    <Plot
      kind="lines"
      title={t.charts.waits}
      note={t.charts.waitsNote}
      x={seconds(Math.max(services[0].p99_s, services[1].p99_s))}
      y={shares(1)}
      xText={(s) => (s < 60 ? t.units.seconds(format.number(s)) : format.duration(s * 1000))}
      yText={(share) => shareText(share, format)}
      series={services.map((service) => service.percentiles_s.slice(0, 100).map((x, percent): Point => ({ x, y: percent / 100 })))}
      head={[t.charts.share, t.result.today, t.result.changed]}
      rows={[10, 25, 50, 75, 90, 95, 99].map((percent) => [shareText(percent / 100, format), ...services.map((service) => t.charts.within(wait(at(service, percent))))])}
    />
  )
}

type HourlyProps = { services: Runs<Service>; title: string; of: (hour: Hour) => number; whole?: boolean }

function Hourly({ services, title, of, whole = false }: HourlyProps) {
  const t = useText(simulationText)
  const format = useFormat()
  const value = (hour: Hour) => (hour.customers > 0 ? of(hour) : undefined)
  const most = Math.max(...services.flatMap((service) => service.hours.map((hour) => value(hour) ?? 0)))
  return (
    <Plot
      kind="bars"
      title={title}
      x={day}
      y={shares(whole ? 1 : most)}
      xText={two}
      yText={(share) => shareText(share, format)}
      series={services.map((service) => service.hours.map((hour, x): Point => ({ x, y: value(hour) })))}
      head={[t.charts.hour, t.result.today, t.result.changed]}
      rows={services[0].hours.map((_, i) => [
        `${two(i)}:00`,
        ...services.map((service) => {
          const hour = service.hours[i]
          const share = hour && value(hour)
          return share === undefined ? '–' : shareText(share, format)
        }),
      ])}
    />
  )
}

function Lengths({ lengths }: { lengths: Runs<NonNullable<Service['lengths']>> }) {
  const t = useText(simulationText)
  const format = useFormat()
  const most = Math.max(...lengths.flatMap((all) => all.map((length) => length.mean)))
  const each = 24 / lengths[0].length
  return (
    <Plot
      kind="lines"
      title={t.charts.lengths}
      note={t.charts.lengthsNote}
      x={day}
      y={numbers(most)}
      xText={two}
      yText={(n) => format.number(n)}
      series={lengths.map((all) => all.map((length, i): Point => ({ x: (i + 0.5) * each, y: length.mean })))}
      head={[t.charts.time, t.result.today, t.result.changed]}
      rows={lengths[0].map((_, i) => [`${two(Math.floor(i * each))}:${two((i * each * 60) % 60)}`, ...lengths.map((all) => format.number(Math.round((all[i]?.mean ?? 0) * 10) / 10))])}
    />
  )
}

function Occupancy({ runs }: { runs: Runs<Result> }) {
  const t = useText(simulationText)
  const format = useFormat()
  const value = (hour: Result['staffing'][number]) => (hour.capacity > 0 ? hour.occupancy : undefined)
  return (
    <Plot
      kind="bars"
      title={t.charts.occupancy}
      note={t.charts.occupancyNote}
      x={day}
      y={shares(1)}
      xText={two}
      yText={(share) => shareText(share, format)}
      series={runs.map((run) => run.staffing.map((hour, x): Point => ({ x, y: value(hour) })))}
      head={[t.charts.hour, t.result.today, t.result.changed]}
      rows={runs[0].staffing.map((_, i) => [
        `${two(i)}:00`,
        ...runs.map((run) => {
          const hour = run.staffing[i]
          const share = hour && value(hour)
          return share === undefined ? '–' : shareText(share, format)
        }),
      ])}
    />
  )
}

/** Everybody who was on shift, from the least to the most occupied. */
function People({ runs }: { runs: Runs<Result> }) {
  const t = useText(simulationText)
  const format = useFormat()
  const sorted = runs.map((run) => run.people.filter((person) => person.hours > 0).sort((a, b) => a.occupancy - b.occupancy))
  const count = Math.max(...sorted.map((people) => people.length), 1)
  const changed = new Map(runs[1].people.map((person) => [person.name, person.occupancy]))
  return (
    <Plot
      kind={count <= 40 ? 'bars' : 'lines'}
      title={t.charts.people}
      note={t.charts.peopleNote}
      x={{ most: count, bent: false, ticks: [0, count] }}
      y={shares(1)}
      xText={(at) => (at === 0 ? t.charts.least : t.charts.most)}
      yText={(share) => shareText(share, format)}
      series={sorted.map((people) => people.map((person, i): Point => ({ x: count <= 40 ? i : i + 0.5, y: person.occupancy })))}
      head={[t.charts.agent, t.result.today, t.result.changed]}
      rows={(sorted[0] ?? []).map((person) => [person.name, shareText(person.occupancy, format), shareText(changed.get(person.name) ?? 0, format)])}
    />
  )
}
