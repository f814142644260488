import type { Formatters } from '../i18n/format'
import type { Catalog } from '../i18n/core'
import type { simulation } from '../i18n/en/simulation'
import type { Difference } from './types'

type Text = Catalog<typeof simulation>
export type What = Difference['what']

/** Which figures are shares, which are seconds; the rest are numbers. */
const shares = new Set<What>(['service_level', 'left_share', 'occupancy'])
const times = new Set<What>(['mean_wait_s', 'p50_s', 'p95_s', 'longest_s'])

/** Whether more is better; figures not named are neither. */
const upIsBetter: Partial<Record<What, boolean>> = { service_level: true, left_share: false, mean_wait_s: false, p50_s: false, p95_s: false, longest_s: false, mean_queue: false, spread: false }

/** A wait, so that one can read it at a glance: 3.2s, 45s, 1m 20s, 2h 5m. */
export function waitText(seconds: number, t: Text, format: Formatters): string {
  if (seconds < 9.95) return t.units.seconds(format.number(Math.round(seconds * 10) / 10))
  const whole = Math.round(seconds)
  if (whole < 60) return t.units.seconds(format.number(whole))
  if (whole < 3600) return t.units.minutes(format.number(Math.floor(whole / 60)), format.number(whole % 60))
  const minutes = Math.round(whole / 60)
  return t.units.hours(format.number(Math.floor(minutes / 60)), format.number(minutes % 60))
}

export function shareText(share: number, format: Formatters): string {
  return `${format.number(Math.round(share * 1000) / 10)} %`
}

function numberText(value: number, format: Formatters): string {
  return format.number(Math.abs(value) < 10 ? Math.round(value * 100) / 100 : Math.round(value * 10) / 10)
}

/** A figure's value in words. */
export function valueText(what: What, value: number, t: Text, format: Formatters): string {
  if (shares.has(what)) return shareText(value, format)
  if (times.has(what)) return waitText(value, t, format)
  return numberText(value, format)
}

/** A change with its sign; that of shares in points. */
export function changeText(what: What, change: number, t: Text, format: Formatters): string {
  const size = Math.abs(change)
  const text = shares.has(what) ? t.result.points(format.number(Math.round(size * 1000) / 10)) : valueText(what, size, t, format)
  const nothing = text === changeless(what, t, format)
  return nothing ? text : `${change > 0 ? '+' : '−'}${text}`
}

function changeless(what: What, t: Text, format: Formatters): string {
  return shares.has(what) ? t.result.points(format.number(0)) : valueText(what, 0, t, format)
}

export type Verdict = 'better' | 'worse' | 'same' | 'chance' | 'unknown'

/** What to make of a change: better, worse, the same, perhaps chance; unknown where nothing tells how much of it is chance. */
export function verdictOf(difference: Difference): Verdict {
  const { what, change, within } = difference
  if (change === 0) return 'same'
  if (!within) return 'unknown'
  if (within.low <= 0 && within.high >= 0) return 'chance'
  const better = upIsBetter[what]
  if (better === undefined) return 'unknown'
  return change > 0 === better ? 'better' : 'worse'
}
