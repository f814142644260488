import type { Numbers } from '../api/types'
import { useFormat } from '../i18n'

/** What a number is: how it is written, and which end of it is looked at first. */
export type Kind = 'count' | 'span' | 'share' | 'ratio'

const kinds = {
  entered: 'count',
  answered: 'count',
  service_level: 'share',
  answer_s: 'span',
  answer_p50_s: 'span',
  answer_p95_s: 'span',
  abandoned: 'count',
  abandon_s: 'span',
  overflowed: 'count',
  refused: 'count',
  moved: 'count',
  to_offer_s: 'span',
  offered: 'count',
  accepted: 'count',
  rejected: 'count',
  missed: 'count',
  withdrawn: 'count',
  to_accept_s: 'span',
  first_reply_s: 'span',
  handled: 'count',
  handle_s: 'span',
  wrapup_s: 'span',
  transfers: 'count',
  parked: 'count',
  returned: 'count',
  rating: 'ratio',
  connected_s: 'span',
  staffed_s: 'span',
  busy_s: 'span',
  occupancy: 'share',
  concurrency: 'ratio',
} as const satisfies Partial<Record<keyof Numbers, Kind>>

export type Metric = keyof typeof kinds

export function kindOf(metric: Metric): Kind {
  return kinds[metric]
}

/** Undefined: nothing was measured. */
export function valueOf(numbers: Numbers, metric: Metric): number | undefined {
  return numbers[metric]
}

/** The numbers of a report, by what they are about; each fits on one screen. */
export const groups = {
  service: ['entered', 'answered', 'service_level', 'answer_s', 'answer_p50_s', 'answer_p95_s', 'to_offer_s', 'first_reply_s', 'abandoned'],
  lost: ['abandoned', 'abandon_s', 'overflowed', 'refused', 'moved'],
  offers: ['offered', 'accepted', 'rejected', 'missed', 'withdrawn', 'to_accept_s'],
  work: ['handled', 'handle_s', 'wrapup_s', 'transfers', 'parked', 'returned', 'rating'],
  time: ['connected_s', 'staffed_s', 'busy_s', 'occupancy', 'concurrency'],
} as const satisfies Record<string, readonly Metric[]>

export type Group = keyof typeof groups

export const groupNames = Object.keys(groups) as Group[]

export function isGroup(value: string | null): value is Group {
  return value !== null && Object.hasOwn(groups, value)
}

/** Writes a value of a metric; a dash where nothing was measured. */
export function useMetricText(): (metric: Metric, value: number | undefined) => string {
  const format = useFormat()
  return (metric, value) => {
    if (value === undefined) return '–'
    switch (kinds[metric]) {
      case 'count':
        return format.number(value)
      case 'span':
        return format.span(value)
      case 'share':
        return format.share(value)
      case 'ratio':
        return format.decimal(value)
    }
  }
}
