import { describe, expect, it } from 'vitest'
import { slaBody, slaProblems, slaValues, unitOf } from './slaValues'

const empty = slaValues(undefined)

describe('what a queue promises', () => {
  it('is nothing at first', () => {
    expect(empty).toEqual({ first_reply_s: '', next_reply_s: '', resolution_s: '', warn_percent: 80, rank_by: 'arrival' })
    expect(slaBody(empty)).toEqual({ sla: {}, rank_by: 'arrival' })
    expect(slaProblems(empty)).toEqual({})
  })
  it('leaves out what is not promised', () => {
    expect(slaBody({ ...empty, next_reply_s: 300, warn_percent: 50, rank_by: 'sla' })).toEqual({ sla: { next_reply_s: 300, warn_percent: 50 }, rank_by: 'sla' })
  })
  it('is checked as the server does', () => {
    expect(slaProblems({ ...empty, first_reply_s: 5 })).toEqual({ first_reply_s: 'range' })
    expect(slaProblems({ ...empty, first_reply_s: 600, resolution_s: 300 })).toEqual({ resolution_s: 'shorter' })
    expect(slaProblems({ ...empty, warn_percent: '' })).toEqual({ warn_percent: 'percent' })
    expect(slaProblems({ ...empty, warn_percent: 100 })).toEqual({ warn_percent: 'percent' })
    expect(slaProblems({ ...empty, rank_by: 'sla' })).toEqual({ rank_by: 'needs' })
    expect(slaProblems({ ...empty, rank_by: 'sla', first_reply_s: 60 })).toEqual({})
  })
  it('is shown in the unit that fits', () => {
    expect([90, 120, 5400, 7200, 86_400, 172_800, 0].map((n) => unitOf(n))).toEqual([1, 60, 60, 3600, 86_400, 86_400, 60])
    expect(unitOf('')).toBe(60)
  })
})
