import { describe, expect, it } from 'vitest'
import { toLocalInput, tomorrowMorning } from './times'

describe('times to park until', () => {
  it('are on the next day, also over the end of a month', () => {
    expect(toLocalInput(tomorrowMorning(new Date(2026, 0, 31, 23, 59).getTime()))).toBe('2026-02-01T09:00')
    expect(toLocalInput(tomorrowMorning(new Date(2026, 11, 31, 0, 5).getTime()))).toBe('2027-01-01T09:00')
  })
})
