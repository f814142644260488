import type { Language } from './core'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

export type Formatters = ReturnType<typeof formatters>

type Time = string | number | Date

function millis(time: Time): number {
  return typeof time === 'number' ? time : typeof time === 'string' ? Date.parse(time) : time.getTime()
}

function startOfDay(time: number): number {
  return new Date(time).setHours(0, 0, 0, 0)
}

/** Whole days from a to b by the local calendar. */
export function daysBetween(a: number, b: number): number {
  return Math.round((startOfDay(b) - startOfDay(a)) / day)
}

const unitNames = {
  en: { s: 's', m: 'm', h: 'h', d: 'd' },
  ko: { s: '초', m: '분', h: '시간', d: '일' },
} as const

/** Everything that depends on the language's way to write dates and numbers. */
export function formatters(language: Language) {
  const clock = new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit' })
  const weekday = new Intl.DateTimeFormat(language, { weekday: 'short' })
  const monthDay = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric' })
  const fullDate = new Intl.DateTimeFormat(language, { year: 'numeric', month: 'short', day: 'numeric' })
  const longDay = new Intl.DateTimeFormat(language, { weekday: 'long', month: 'long', day: 'numeric' })
  const longDayYear = new Intl.DateTimeFormat(language, { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' })
  const dateTime = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
  const dayTime = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' })
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  const number = new Intl.NumberFormat(language)
  const tenth = new Intl.NumberFormat(language, { maximumFractionDigits: 1 })
  const decimal = new Intl.NumberFormat(language, { maximumFractionDigits: 2 })
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 })
  const list = new Intl.ListFormat(language, { type: 'conjunction' })
  const units = unitNames[language]

  const sameYear = (a: number, b: number) => new Date(a).getFullYear() === new Date(b).getFullYear()

  return {
    /** "14:05" or "2:05 PM", as the language does. */
    time: (time: Time) => clock.format(millis(time)),
    date: (time: Time) => fullDate.format(millis(time)),
    dateTime: (time: Time) => dateTime.format(millis(time)),
    number: (value: number) => number.format(value),
    list: (items: string[]) => list.format(items),

    /** For list rows: a time today, a weekday this week, else a date. */
    short: (time: Time, now: number = Date.now()) => {
      const at = millis(time)
      const days = daysBetween(at, now)
      if (days <= 0) return clock.format(at)
      if (days < 7) return weekday.format(at)
      return sameYear(at, now) ? monthDay.format(at) : fullDate.format(at)
    },

    /** Always with a time: "9:05 AM" today, "Oct 1, 9:05 AM" before; the year only where it is another one. */
    stamp: (time: Time, now: number = Date.now()) => {
      const at = millis(time)
      if (daysBetween(at, now) === 0) return clock.format(at)
      return (sameYear(at, now) ? dayTime : dateTime).format(at)
    },

    /** For day separators: "Today", "Yesterday", else the day in full. */
    day: (time: Time, now: number = Date.now()) => {
      const at = millis(time)
      const days = daysBetween(at, now)
      if (days === 0 || days === 1) {
        const word = relative.format(-days, 'day')
        return word.charAt(0).toLocaleUpperCase(language) + word.slice(1)
      }
      return (sameYear(at, now) ? longDay : longDayYear).format(at)
    },

    /** "3 minutes ago". */
    ago: (time: Time, now: number = Date.now()) => {
      const past = now - millis(time)
      if (past < minute) return relative.format(0, 'second')
      if (past < hour) return relative.format(-Math.floor(past / minute), 'minute')
      if (past < day) return relative.format(-Math.floor(past / hour), 'hour')
      return relative.format(-daysBetween(millis(time), now), 'day')
    },

    /** A short duration: "45s", "12m", "2h 5m", "3d". */
    duration: (ms: number) => {
      const seconds = Math.max(0, Math.floor(ms / 1000))
      if (seconds < 60) return `${seconds}${units.s}`
      const minutes = Math.floor(seconds / 60)
      if (minutes < 60) return `${minutes}${units.m}`
      const hours = Math.floor(minutes / 60)
      const rest = minutes % 60
      if (hours < 24) return rest > 0 ? `${hours}${units.h} ${rest}${units.m}` : `${hours}${units.h}`
      return `${Math.floor(hours / 24)}${units.d}`
    },

    /** A measured time: "8.4s", "45s", "8m 20s", "2h 5m", "3d 4h". */
    span: (seconds: number) => {
      if (seconds < 9.95) return `${tenth.format(seconds)}${units.s}`
      const whole = Math.round(seconds)
      const pair = (big: number, bigUnit: string, small: number, smallUnit: string) => (small > 0 ? `${big}${bigUnit} ${small}${smallUnit}` : `${big}${bigUnit}`)
      if (whole < 60) return `${whole}${units.s}`
      if (whole < 3600) return pair(Math.floor(whole / 60), units.m, whole % 60, units.s)
      const minutes = Math.round(seconds / 60)
      if (minutes < 1440) return pair(Math.floor(minutes / 60), units.h, minutes % 60, units.m)
      const hours = Math.round(minutes / 60)
      return pair(Math.floor(hours / 24), units.d, hours % 24, units.h)
    },

    /** "87%", "99.5%". */
    share: (share: number) => percent.format(share),

    /** A small number with its fraction: "2.35". */
    decimal: (value: number) => decimal.format(value),

    /** A countdown: "0:07", "12:30", "1:05:00". */
    countdown: (ms: number) => {
      const seconds = Math.max(0, Math.ceil(ms / 1000))
      const two = (n: number) => String(n).padStart(2, '0')
      const hours = Math.floor(seconds / 3600)
      const minutes = Math.floor(seconds / 60) % 60
      return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
    },

    /** "1.4 MB". */
    bytes: (bytes: number) => {
      const names = ['B', 'kB', 'MB', 'GB']
      let value = bytes
      let unit = 0
      while (value >= 1000 && unit < names.length - 1) {
        value /= 1000
        unit++
      }
      return `${new Intl.NumberFormat(language, { maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0 }).format(value)} ${names[unit] ?? ''}`
    },
  }
}
