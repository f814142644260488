import type { ReactNode } from 'react'
import type { Numbers } from '../api/types'
import { useFormat, useText } from '../i18n'
import { reportsText } from '../i18n/reports'
import { useMetricText, valueOf, type Metric } from './metrics'
import classes from './Reports.module.css'

/** Everything in a few numbers. */
export function Summary({ numbers }: { numbers: Numbers | undefined }) {
  const t = useText(reportsText)
  const format = useFormat()
  const write = useMetricText()
  const tile = (metric: Metric, note?: ReactNode) => (
    <div className={classes.tile} title={t.metrics[metric].help}>
      <dt>{t.metrics[metric].name}</dt>
      <dd>
        {numbers ? write(metric, valueOf(numbers, metric)) : '–'}
        {note && <span className={classes.note}>{note}</span>}
      </dd>
    </div>
  )
  return (
    <dl className={classes.tiles} aria-label={t.total}>
      {tile('entered')}
      {tile('answered', numbers && t.ofEntered(format.number(numbers.entered)))}
      {tile('service_level')}
      {tile('answer_s', numbers?.answer_p50_s !== undefined && numbers.answer_p95_s !== undefined && t.p50p95(format.span(numbers.answer_p50_s), format.span(numbers.answer_p95_s)))}
      {tile('abandoned')}
      {tile('handle_s', numbers && numbers.handled > 0 && t.handledBy(format.number(numbers.handled)))}
      {tile('occupancy', numbers?.staffed_s !== undefined && t.ofStaffed(format.span(numbers.staffed_s)))}
      {tile('rating', numbers && numbers.rated > 0 && t.rated(format.number(numbers.rated)))}
    </dl>
  )
}
