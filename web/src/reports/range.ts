import { isLanguage } from '../i18n/core'

/** The ranges of days that can be chosen with one click. */
export const presets = ['today', 'yesterday', 'week', 'month', 'thisMonth', 'lastMonth'] as const
export type Preset = (typeof presets)[number]

export type Days = { from: string; to: string }

/** Today's date in a time zone, as YYYY-MM-DD; in UTC if there is no such zone. */
export function dayIn(zone: string, now: number): string {
  try {
    return new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(now)
  } catch {
    return new Date(now).toISOString().slice(0, 10)
  }
}

/** The day so many days after another. */
export function addDays(day: string, days: number): string {
  const at = new Date(`${day}T12:00:00Z`)
  at.setUTCDate(at.getUTCDate() + days)
  return at.toISOString().slice(0, 10)
}

/** The days of a preset, when it is `today`. */
export function daysOf(preset: Preset, today: string): Days {
  const firstOfMonth = `${today.slice(0, 7)}-01`
  switch (preset) {
    case 'today':
      return { from: today, to: today }
    case 'yesterday':
      return { from: addDays(today, -1), to: addDays(today, -1) }
    case 'week':
      return { from: addDays(today, -6), to: today }
    case 'month':
      return { from: addDays(today, -29), to: today }
    case 'thisMonth':
      return { from: firstOfMonth, to: today }
    case 'lastMonth': {
      const last = addDays(firstOfMonth, -1)
      return { from: `${last.slice(0, 7)}-01`, to: last }
    }
  }
}

/** Which preset these days are; undefined: none. */
export function presetOf(days: Days, today: string): Preset | undefined {
  return presets.find((preset) => {
    const { from, to } = daysOf(preset, today)
    return from === days.from && to === days.to
  })
}

export function isDay(value: string | null): value is string {
  return value !== null && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value))
}

/** A period's beginning in words: short for an axis, long for a table. Days are the same whatever the reader's zone. */
export function periodText(key: string, by: 'day' | 'hour', language: string, length: 'short' | 'long'): string {
  const shown = isLanguage(language) ? language : 'en'
  const day = new Date(`${key.slice(0, 10)}T12:00:00Z`)
  const date = new Intl.DateTimeFormat(shown, length === 'long' ? { weekday: 'short', month: 'short', day: 'numeric', timeZone: 'UTC' } : { month: 'numeric', day: 'numeric', timeZone: 'UTC' }).format(day)
  if (by === 'day') return date
  // An hour is written as it was on the clock there: its key ends with the offset.
  const time = key.slice(11, 16)
  return length === 'long' ? `${date}, ${time}` : time === '00:00' ? date : time
}
