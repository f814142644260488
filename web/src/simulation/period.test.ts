import { describe, expect, it } from 'vitest'
import { instantsOf, periodOf } from './period'

const now = new Date(2026, 2, 2, 13, 30)

describe('periods', () => {
  it('are whole days', () => {
    expect(periodOf('today', now)).toEqual({ from: '2026-03-02', to: '2026-03-02' })
    expect(periodOf('yesterday', now)).toEqual({ from: '2026-03-01', to: '2026-03-01' })
    expect(periodOf('week', now)).toEqual({ from: '2026-02-23', to: '2026-03-01' })
    expect(periodOf('month', now)).toEqual({ from: '2026-02-02', to: '2026-03-01' })
  })

  it('go from midnight to midnight by the local calendar', () => {
    expect(instantsOf({ from: '2026-03-01', to: '2026-03-02' })).toEqual({ from: new Date(2026, 2, 1).toISOString(), to: new Date(2026, 2, 3).toISOString() })
  })

  it.each([
    { from: '2026-03-02', to: '2026-03-01' },
    { from: '', to: '2026-03-01' },
    { from: '2026-03-01', to: 'tomorrow' },
  ])('that are none are undefined: $from to $to', (period) => {
    expect(instantsOf(period)).toBeUndefined()
  })
})
