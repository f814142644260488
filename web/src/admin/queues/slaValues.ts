import type { Queue } from '../../api/types'

/** What a queue promises, as the form holds it: seconds, '' where nothing is promised. */
export type SlaValues = {
  first_reply_s: number | ''
  next_reply_s: number | ''
  resolution_s: number | ''
  warn_percent: number | string
  rank_by: 'arrival' | 'sla'
}

export type SlaProblems = Partial<Record<keyof SlaValues, 'range' | 'percent' | 'shorter' | 'needs'>>

export const least = 10
export const most = 31_536_000

export function slaValues(queue: Queue | undefined): SlaValues {
  const sla = queue?.sla ?? {}
  return {
    first_reply_s: sla.first_reply_s ?? '',
    next_reply_s: sla.next_reply_s ?? '',
    resolution_s: sla.resolution_s ?? '',
    warn_percent: sla.warn_percent ?? 80,
    rank_by: queue?.rank_by ?? 'arrival',
  }
}

/** What the server would refuse. */
export function slaProblems(values: SlaValues): SlaProblems {
  const problems: SlaProblems = {}
  for (const field of ['first_reply_s', 'next_reply_s', 'resolution_s'] as const) {
    const value = values[field]
    if (value !== '' && !(value >= least && value <= most)) problems[field] = 'range'
  }
  const { first_reply_s: first, resolution_s: resolution, warn_percent: warn } = values
  if (!problems.resolution_s && first !== '' && resolution !== '' && resolution < first) problems.resolution_s = 'shorter'
  if (typeof warn !== 'number' || !Number.isInteger(warn) || warn < 1 || warn > 99) problems.warn_percent = 'percent'
  if (values.rank_by === 'sla' && first === '') problems.rank_by = 'needs'
  return problems
}

/** As the API wants it. */
export function slaBody(values: SlaValues): Pick<Queue, 'sla' | 'rank_by'> {
  const { first_reply_s: first, next_reply_s: next, resolution_s: resolution } = values
  const promised = first !== '' || next !== '' || resolution !== ''
  return {
    sla: {
      ...(first === '' ? {} : { first_reply_s: first }),
      ...(next === '' ? {} : { next_reply_s: next }),
      ...(resolution === '' ? {} : { resolution_s: resolution }),
      ...(promised ? { warn_percent: Number(values.warn_percent) } : {}),
    },
    rank_by: values.rank_by,
  }
}

export const units = [1, 60, 3600, 86_400] as const
export type Unit = (typeof units)[number]

/** The largest unit that shows so many seconds as a whole number. */
export function unitOf(seconds: number | ''): Unit {
  if (seconds === '' || seconds === 0) return 60
  return [...units].reverse().find((unit) => seconds % unit === 0) ?? 1
}
