import { describe, expect, it } from 'vitest'
import { daysBetween, formatters } from './format'

const en = formatters('en')
const ko = formatters('ko')
const at = (text: string) => new Date(text).getTime()

describe('formatting time', () => {
  it('writes durations short', () => {
    expect([0, 59_999, 60_000, 3_599_000, 3_600_000, 7_500_000, 90_000_000].map(en.duration)).toEqual(['0s', '59s', '1m', '59m', '1h', '2h 5m', '1d'])
    expect(ko.duration(7_500_000)).toBe('2시간 5분')
    expect(en.duration(-5)).toBe('0s')
  })

  it('writes measured times as exactly as they are worth', () => {
    expect([0, 0.04, 8.44, 9.96, 59.4, 59.6, 500, 3599.6, 3660, 86_340, 86_400, 300_000].map(en.span)).toEqual([
      '0s', '0s', '8.4s', '10s', '59s', '1m', '8m 20s', '1h', '1h 1m', '23h 59m', '1d', '3d 11h',
    ])
    expect(ko.span(500)).toBe('8분 20초')
  })

  it('writes shares and fractions', () => {
    expect([0, 0.9337, 1].map(en.share)).toEqual(['0%', '93.4%', '100%'])
    expect(en.decimal(2.3456)).toBe('2.35')
  })

  it('counts down to the full second', () => {
    expect([0, 1, 7000, 59_001, 750_000, 3_900_000].map(en.countdown)).toEqual(['0:00', '0:01', '0:07', '1:00', '12:30', '1:05:00'])
  })

  it('shortens by distance', () => {
    const now = at('2026-11-23T15:00:00')
    expect(en.short('2026-11-23T09:05:00', now)).toBe('9:05 AM')
    expect(en.short('2026-11-21T09:05:00', now)).toBe('Sat')
    expect(en.short('2026-10-01T09:05:00', now)).toBe('Oct 1')
    expect(en.short('2024-10-01T09:05:00', now)).toBe('Oct 1, 2024')
    expect(ko.short('2026-10-01T09:05:00', now)).toBe('10월 1일')
  })

  it('stamps with a time', () => {
    const now = at('2026-11-23T15:00:00')
    expect(en.stamp('2026-11-23T09:05:00', now)).toBe('9:05 AM')
    expect(en.stamp('2026-11-22T09:05:00', now)).toBe('Nov 22, 9:05 AM')
    expect(en.stamp('2024-10-01T09:05:00', now)).toBe('Oct 1, 2024, 9:05 AM')
  })

  it('names days', () => {
    const now = at('2026-11-23T00:30:00')
    expect(en.day('2026-11-23T00:10:00', now)).toBe('Today')
    expect(en.day('2026-11-22T23:50:00', now)).toBe('Yesterday')
    expect(ko.day('2026-11-22T23:50:00', now)).toBe('어제')
    expect(en.day('2026-11-20T12:00:00', now)).toBe('Friday, November 20')
    expect(daysBetween(at('2026-11-22T23:59:00'), now)).toBe(1)
  })

  it('says how long ago', () => {
    const now = at('2026-11-23T15:00:00')
    expect(en.ago(now - 5000, now)).toBe('now')
    expect(en.ago(now - 180_000, now)).toBe('3 minutes ago')
    expect(ko.ago(now - 180_000, now)).toBe('3분 전')
  })

  it('writes sizes', () => {
    expect([512, 184_000, 1_440_000].map(en.bytes)).toEqual(['512 B', '184 kB', '1.4 MB'])
  })
})
