import type { Column } from '../admin/kit/DataTable'
import type { QueueLive, Today } from '../api/types'
import { useText } from '../i18n'
import { reportsText } from '../i18n/reports'
import { useMetricText, valueOf, type Metric } from '../reports/metrics'
import classes from './Live.module.css'

/** The day's most important numbers, for beside those of now. */
export function useTodayColumns(today: Today | undefined): Column<QueueLive>[] {
  const t = useText(reportsText)
  const write = useMetricText()
  const numbers = new Map(today?.queues.map((queue) => [queue.id, queue.numbers]))
  const value = (queue: QueueLive, metric: Metric) => {
    const found = numbers.get(queue.id)
    return found && valueOf(found, metric)
  }
  const column = (metric: Metric, from: 'desktop' | 'wide', width: string): Column<QueueLive> => ({
    id: metric,
    header: t.metrics[metric].name,
    help: `${t.live.today}: ${t.metrics[metric].help}`,
    align: 'end',
    first: 'desc',
    from,
    width,
    cell: (queue) => <span className={value(queue, metric) ? undefined : classes.zero}>{write(metric, value(queue, metric))}</span>,
    sort: (queue) => value(queue, metric),
  })
  return [column('service_level', 'desktop', '76px'), column('abandoned', 'wide', '76px')]
}
