import type { Column } from '../admin/kit/DataTable'
import type { Numbers } from '../api/types'
import { useText } from '../i18n'
import { reportsText } from '../i18n/reports'
import { useMetricText, valueOf, type Metric } from './metrics'
import classes from './Reports.module.css'

type Numbered = { numbers: Numbers }

/** Makes the table's column of a metric. */
export function useMetricColumn<Row extends Numbered>(): (metric: Metric, extra?: Partial<Column<Row>>) => Column<Row> {
  const t = useText(reportsText)
  const write = useMetricText()
  return (metric, extra = {}) => ({
    id: metric,
    header: t.metrics[metric].name,
    help: t.metrics[metric].help,
    align: 'end',
    first: 'desc',
    cell: (row) => <Value text={write(metric, valueOf(row.numbers, metric))} quiet={!valueOf(row.numbers, metric)} />,
    sort: (row) => valueOf(row.numbers, metric),
    ...extra,
  })
}

/** Nothing and zero step back. */
function Value({ text, quiet }: { text: string; quiet: boolean }) {
  return (
    <span className={classes.value} data-quiet={quiet || undefined}>
      {text}
    </span>
  )
}
