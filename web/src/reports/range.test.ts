import { expect, it } from 'vitest'
import { addDays, dayIn, daysOf, isDay, periodText, presetOf, presets } from './range'

it('counts days by the calendar', () => {
  expect(addDays('2026-02-28', 1)).toBe('2026-03-01')
  expect(addDays('2028-02-28', 1)).toBe('2028-02-29')
  expect(addDays('2026-01-01', -1)).toBe('2025-12-31')
  expect(addDays('2026-03-29', 1)).toBe('2026-03-30')
})

it('knows which day it is elsewhere', () => {
  const now = Date.parse('2026-11-03T20:00:00Z')
  expect(dayIn('Asia/Seoul', now)).toBe('2026-11-04')
  expect(dayIn('Pacific/Honolulu', now)).toBe('2026-11-03')
  expect(dayIn('Mars/Olympus', now)).toBe('2026-11-03')
})

it('has the days of each preset', () => {
  expect(daysOf('week', '2026-11-03')).toEqual({ from: '2026-10-28', to: '2026-11-03' })
  expect(daysOf('month', '2026-11-03')).toEqual({ from: '2026-10-05', to: '2026-11-03' })
  expect(daysOf('thisMonth', '2026-11-03')).toEqual({ from: '2026-11-01', to: '2026-11-03' })
  expect(daysOf('lastMonth', '2026-03-15')).toEqual({ from: '2026-02-01', to: '2026-02-28' })
  expect(daysOf('lastMonth', '2026-01-31')).toEqual({ from: '2025-12-01', to: '2025-12-31' })
  for (const preset of presets) expect(presetOf(daysOf(preset, '2026-11-15'), '2026-11-15')).toBe(preset)
  expect(presetOf({ from: '2026-01-01', to: '2026-01-02' }, '2026-11-15')).toBeUndefined()
})

it('tells days from other things', () => {
  expect(isDay('2026-11-03')).toBe(true)
  for (const value of [null, '', '2026-11', '2026-13-45', 'yesterday', '2026-11-03T00:00:00Z']) expect(isDay(value)).toBe(false)
})

it('writes periods as they were on the clock there', () => {
  expect(periodText('2026-11-03', 'day', 'en', 'long')).toBe('Tue, Nov 3')
  expect(periodText('2026-11-03', 'day', 'ko', 'long')).toBe('11월 3일 (화)')
  expect(periodText('2026-11-03T09:00:00+09:00', 'hour', 'en', 'long')).toBe('Tue, Nov 3, 09:00')
  expect(periodText('2026-11-03T09:00:00+09:00', 'hour', 'en', 'short')).toBe('09:00')
  expect(periodText('2026-11-03T00:00:00+09:00', 'hour', 'en', 'short')).toBe('11/3')
})
