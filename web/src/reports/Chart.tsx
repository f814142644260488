import { useId } from 'react'
import { useLanguage, useText } from '../i18n'
import { reportsText } from '../i18n/reports'
import { useMetricText, type Metric } from './metrics'
import classes from './Chart.module.css'

/** One bar: what it is of, in words for the axis and in full, and how much; undefined: nothing was measured. */
export type Bar = { key: string; short: string; long: string; value: number | undefined; /** Where there are many bars, those that begin something have the labels. */ begins?: boolean }

type Props = { metric: Metric; by: string; bars: readonly Bar[] }

const width = 600
const height = 132
/** Room below for the axis, above for the highest value. */
const floor = 18
const ceiling = 16

/** A metric over time. Its summary is read aloud; the values are in the table. */
export function TimeChart({ metric, by, bars }: Props) {
  const { language } = useLanguage()
  const t = useText(reportsText)
  const write = useMetricText()
  const summary = useSummary(metric, bars)
  const title = useId()
  const top = Math.max(0, ...bars.map((bar) => bar.value ?? 0))
  const step = width / Math.max(1, bars.length)
  const gap = Math.min(6, step * 0.25)
  const usable = height - floor - ceiling
  const labels = labelled(bars)
  return (
    <figure className={classes.figure} aria-labelledby={title}>
      <figcaption id={title} className={classes.title}>
        {t.chart.label(t.metrics[metric].name, by)}
      </figcaption>
      <svg className={classes.svg} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={summary} lang={language}>
        <line className={classes.axis} x1={0} x2={width} y1={height - floor + 0.5} y2={height - floor + 0.5} />
        {bars.map((bar, i) => {
          const tall = top > 0 && bar.value ? Math.max(1.5, (bar.value / top) * usable) : 0
          return (
            <g key={bar.key} className={classes.column}>
              <title>{`${bar.long}: ${write(metric, bar.value)}`}</title>
              <rect className={classes.hit} x={i * step} y={0} width={step} height={height - floor} />
              <rect className={classes.bar} x={i * step + gap / 2} y={height - floor - tall} width={Math.max(0.75, step - gap)} height={tall} rx={Math.min(2.5, step / 4)} />
              {labels.has(i) && (
                <text className={classes.label} x={i * step + step / 2} y={height - 5} textAnchor="middle">
                  {bar.short}
                </text>
              )}
            </g>
          )
        })}
        {top > 0 && <Highest bars={bars} top={top} step={step} text={write(metric, top)} />}
      </svg>
    </figure>
  )
}

/** Which bars have a label: as many as have room. */
function labelled(bars: readonly Bar[]): Set<number> {
  const all = bars.map((_, i) => i)
  const begins = all.filter((i) => bars[i]?.begins)
  const chosen = bars.length > 48 && begins.length > 1 ? begins : all
  const every = Math.max(1, Math.ceil(chosen.length / 12))
  return new Set(chosen.filter((_, n) => n % every === 0))
}

/** The highest value, written above its bar and within the picture. */
function Highest({ bars, top, step, text }: { bars: readonly Bar[]; top: number; step: number; text: string }) {
  const at = bars.findIndex((bar) => bar.value === top)
  const middle = at * step + step / 2
  const half = text.length * 3.4
  return (
    <text className={classes.value} x={Math.min(width - half, Math.max(half, middle))} y={ceiling - 5} textAnchor="middle">
      {text}
    </text>
  )
}

/** How many are drawn; the rest is in the table. */
const most = 8

/** A metric of several queues, agents or channels, the largest first. */
export function RankChart({ metric, by, bars }: Props) {
  const t = useText(reportsText)
  const write = useMetricText()
  const title = useId()
  const ranked = bars.filter((bar) => bar.value !== undefined).sort((a, b) => (b.value ?? 0) - (a.value ?? 0))
  const top = ranked[0]?.value ?? 0
  return (
    <figure className={classes.figure} aria-labelledby={title}>
      <figcaption id={title} className={classes.title}>
        {t.chart.label(t.metrics[metric].name, by)}
      </figcaption>
      {ranked.length === 0 && <p className={classes.more}>{t.chart.none(t.metrics[metric].name)}</p>}
      <ul className={classes.ranks}>
        {ranked.slice(0, most).map((bar) => (
          <li key={bar.key} className={classes.rank}>
            <span className={classes.rankName} title={bar.long}>
              {bar.long}
            </span>
            <span className={classes.track} aria-hidden>
              <span className={classes.fill} style={{ width: `${top > 0 ? ((bar.value ?? 0) / top) * 100 : 0}%` }} />
            </span>
            <span className={classes.rankValue}>{write(metric, bar.value)}</span>
          </li>
        ))}
      </ul>
      {ranked.length > most && <p className={classes.more}>{t.chart.more(String(ranked.length - most))}</p>}
    </figure>
  )
}

function useSummary(metric: Metric, bars: readonly Bar[]): string {
  const t = useText(reportsText)
  const write = useMetricText()
  const measured = bars.filter((bar) => bar.value !== undefined)
  const values = measured.map((bar) => bar.value ?? 0)
  const name = t.metrics[metric].name
  if (values.length === 0) return t.chart.none(name)
  const top = Math.max(...values)
  return t.chart.summary(name, String(values.length), write(metric, Math.min(...values)), write(metric, top), measured.find((bar) => bar.value === top)?.long ?? '')
}
