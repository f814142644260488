import { describe, expect, it } from 'vitest'
import { day, numbers, place, seconds, shares } from './scale'

describe('axes', () => {
  it.each([0, 0.003, 1, 2.51, 7, 99, 1234, 1e6])('of numbers up to %d reach over it with few ticks', (value) => {
    const axis = numbers(value)
    expect(axis.most).toBeGreaterThanOrEqual(value)
    expect(axis.ticks.length).toBeLessThanOrEqual(8)
    expect(axis.ticks.length).toBeGreaterThanOrEqual(2)
    expect(axis.ticks.at(-1)).toBeCloseTo(axis.most, 9)
  })

  it('of shares are whole unless there is little', () => {
    expect(shares(0.9).most).toBe(1)
    expect(shares(0.03).most).toBeLessThanOrEqual(0.05)
    expect(shares(0).most).toBeGreaterThan(0)
  })

  it('of seconds give small times room and never end before 1', () => {
    expect(seconds(0).most).toBe(1)
    const hour = seconds(3600)
    expect(place(hour, 0)).toBe(0)
    expect(place(hour, 3600)).toBe(1)
    expect(place(hour, 60)).toBeGreaterThan(0.4)
  })

  it('of the day are even', () => {
    expect(place(day, 6)).toBe(0.25)
  })
})
