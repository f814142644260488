import { NativeSelect } from '@mantine/core'
import { useState } from 'react'
import type { Report } from '../api/types'
import { useText } from '../i18n'
import { reportsText } from '../i18n/reports'
import { RankChart, TimeChart, type Bar } from './Chart'
import { groups, valueOf, type Group, type Metric } from './metrics'
import classes from './Reports.module.css'
import { useRowName } from './useRowName'

/** What two charts of a group show at first. */
const first: Record<Group, readonly [Metric, Metric]> = {
  service: ['entered', 'service_level'],
  lost: ['abandoned', 'overflowed'],
  offers: ['offered', 'to_accept_s'],
  work: ['handled', 'handle_s'],
  time: ['busy_s', 'occupancy'],
}

/** Two numbers of the report as pictures; which ones can be chosen. */
export function Charts({ report, group }: { report: Report; group: Group }) {
  return (
    <div className={classes.charts}>
      {first[group].map((metric) => (
        <OneChart key={`${group} ${metric}`} report={report} group={group} initial={metric} />
      ))}
    </div>
  )
}

function OneChart({ report, group, initial }: { report: Report; group: Group; initial: Metric }) {
  const t = useText(reportsText)
  const [metric, setMetric] = useState<Metric>(initial)
  const long = useRowName(report.by)
  const short = useRowName(report.by, 'short')
  const bars: Bar[] = report.rows.map((row) => ({ key: row.key, short: short(row), long: long(row), value: valueOf(row.numbers, metric), begins: row.key.slice(11, 16) === '00:00' }))
  const Chart = report.by === 'day' || report.by === 'hour' ? TimeChart : RankChart
  return (
    <div className={classes.chart}>
      <NativeSelect
        className={classes.chartChoice}
        size="xs"
        aria-label={t.chart.show}
        value={metric}
        onChange={(event) => setMetric(event.currentTarget.value as Metric)}
        data={groups[group].map((value) => ({ value, label: t.metrics[value].name }))}
      />
      <Chart metric={metric} by={t.bys[report.by]} bars={bars} />
    </div>
  )
}
