export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof weekdays)[number]

/** From and to, as typed. */
export type Span = [from: string, to: string]
export type Hours = Record<string, string[][]>
export type Week = Record<Weekday, Span[]>

/** A queue with no hours at all is always open. */
export function isAlwaysOpen(hours: Hours): boolean {
  return Object.keys(hours).length === 0
}

export function weekOf(hours: Hours): Week {
  const day = (name: Weekday): Span[] => (hours[name] ?? []).map(([from = '', to = '']) => [from, to])
  return { mon: day('mon'), tue: day('tue'), wed: day('wed'), thu: day('thu'), fri: day('fri'), sat: day('sat'), sun: day('sun') }
}

export const officeWeek: Week = {
  mon: [['09:00', '18:00']],
  tue: [['09:00', '18:00']],
  wed: [['09:00', '18:00']],
  thu: [['09:00', '18:00']],
  fri: [['09:00', '18:00']],
  sat: [],
  sun: [],
}

/** As the API keeps it. Every weekday is there, so that a week without opening times is not taken for always open. */
export function hoursOf(week: Week): Hours {
  return Object.fromEntries(weekdays.map((day) => [day, [...week[day]].sort((a, b) => a[0].localeCompare(b[0]))]))
}

/** Reads times as people type them: "9", "930", "9:30", "09.30", "24". Undefined: no time of a day. */
export function parseTime(typed: string): string | undefined {
  const digits = /^(\d{1,2})(?:[:.hH]?(\d{2}))?$/.exec(typed.trim()) ?? /^(\d)(\d{2})$/.exec(typed.trim())
  if (!digits) return undefined
  const hour = Number(digits[1])
  const minute = Number(digits[2] ?? 0)
  if (minute > 59 || hour > 24 || (hour === 24 && minute > 0)) return undefined
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}

export type HoursProblem = 'time' | 'timeOrder' | 'overlap'

/** What is wrong with one day's times; by index of the span. */
export function checkDay(spans: readonly Span[]): Map<number, HoursProblem> {
  const problems = new Map<number, HoursProblem>()
  const read = spans.map(([from, to]) => [parseTime(from), parseTime(to)] as const)
  read.forEach(([from, to], i) => {
    if (from === undefined || to === undefined) problems.set(i, 'time')
    else if (from >= to) problems.set(i, 'timeOrder')
    else if (read.some(([otherFrom, otherTo], j) => j < i && otherFrom !== undefined && otherTo !== undefined && from < otherTo && otherFrom < to)) {
      problems.set(i, 'overlap')
    }
  })
  return problems
}

export function isWeekValid(week: Week): boolean {
  return weekdays.every((day) => checkDay(week[day]).size === 0)
}

type DayRange = { days: Weekday[]; spans: Span[] }

/** Days in a row with the same times, for one line of text: Mon–Fri 09:00–18:00. Closed days are left out. */
export function ranges(hours: Hours): DayRange[] {
  const week = weekOf(hours)
  const found: DayRange[] = []
  let previous: DayRange | undefined
  for (const day of weekdays) {
    const spans = week[day]
    if (previous && JSON.stringify(previous.spans) === JSON.stringify(spans)) previous.days.push(day)
    else {
      previous = { days: [day], spans }
      found.push(previous)
    }
  }
  return found.filter(({ spans }) => spans.length > 0)
}
