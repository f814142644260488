import { useElementSize } from '@mantine/hooks'
import { useText } from '../i18n'
import { simulationText } from '../i18n/simulation'
import { place, type Axis } from './scale'
import classes from './Simulation.module.css'

export type Point = { x: number; y: number | undefined }

/** What is plotted: the first series is today, the second the changed plan. */
type Props = {
  title: string
  note?: string
  kind: 'lines' | 'bars'
  x: Axis
  y: Axis
  xText: (value: number) => string
  yText: (value: number) => string
  series: readonly (readonly Point[])[]
  /** The same in words, for those who do not see the plot, or want to know exactly. */
  head: readonly string[]
  rows: readonly (readonly string[])[]
}

const height = 190
const room = { left: 46, right: 14, top: 8, bottom: 22 }
const runs = ['today', 'changed'] as const

export function Plot({ title, note, kind, x, y, xText, yText, series, head, rows }: Props) {
  const t = useText(simulationText)
  const { ref, width } = useElementSize<HTMLDivElement>()
  const across = (value: number) => room.left + place(x, value) * Math.max(width - room.left - room.right, 1)
  const up = (value: number) => height - room.bottom - place(y, value) * (height - room.top - room.bottom)
  // On a narrow screen every second label of the day is enough.
  const labels = width < 420 && x.ticks.length > 7 ? x.ticks.filter((_, i) => i % 2 === 0) : x.ticks

  return (
    <figure className={classes.figure}>
      <figcaption className={classes.caption}>
        {title}
        {note && <span className={classes.note}>{note}</span>}
      </figcaption>
      <div ref={ref} className={classes.plot}>
        {width > 0 && (
          <svg width={width} height={height} role="img" aria-label={title}>
            {y.ticks.map((tick) => (
              <g key={tick}>
                <line className={classes.grid} x1={room.left} x2={width - room.right} y1={up(tick)} y2={up(tick)} />
                <text className={classes.label} x={room.left - 6} y={up(tick) + 4} textAnchor="end">
                  {yText(tick)}
                </text>
              </g>
            ))}
            {labels.map((tick) => (
              <text key={tick} className={classes.label} x={across(tick)} y={height - 6} textAnchor={tick === x.most ? 'end' : 'middle'}>
                {xText(tick)}
              </text>
            ))}
            {series.map((points, i) =>
              kind === 'lines' ? (
                <path key={runs[i]} className={classes.line} data-run={runs[i]} d={line(points, across, up)} />
              ) : (
                <g key={runs[i]} className={classes.bars} data-run={runs[i]}>
                  {points.map((point) => {
                    if (point.y === undefined) return null
                    const span = (across(1) - across(0)) * 0.8
                    const wide = span / series.length
                    return <rect key={point.x} x={across(point.x) + span * 0.12 + wide * i} y={up(point.y)} width={wide * 0.9} height={Math.max(up(0) - up(point.y), 0)} rx={1} />
                  })}
                </g>
              ),
            )}
          </svg>
        )}
      </div>
      <details className={classes.details}>
        <summary>{t.charts.table}</summary>
        <div className={classes.scroll} tabIndex={0} role="group" aria-label={title}>
          <table className={classes.table}>
            <thead>
              <tr>
                {head.map((cell) => (
                  <th key={cell} scope="col">
                    {cell}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, n) => (
                <tr key={n}>
                  {row.map((cell, i) => (i === 0 ? <th key={i} scope="row">{cell}</th> : <td key={i}>{cell}</td>))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  )
}

function line(points: readonly Point[], across: (x: number) => number, up: (y: number) => number): string {
  let path = ''
  let pen = 'M'
  for (const point of points) {
    if (point.y === undefined) {
      pen = 'M'
      continue
    }
    path += `${pen}${across(point.x).toFixed(1)} ${up(point.y).toFixed(1)}`
    pen = 'L'
  }
  return path
}
