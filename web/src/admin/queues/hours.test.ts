import { describe, expect, it } from 'vitest'
import { checkDay, hoursOf, isAlwaysOpen, parseTime, ranges, weekOf, type Span } from './hours'

describe('parseTime', () => {
  it.each([
    ['9', '09:00'],
    ['930', '09:30'],
    ['0930', '09:30'],
    ['9:30', '09:30'],
    ['18.45', '18:45'],
    ['24', '24:00'],
    [' 0:00 ', '00:00'],
  ])('reads %s', (typed, time) => expect(parseTime(typed)).toBe(time))

  it.each(['', '25:00', '24:01', '9:60', 'noon', '9:3', '12345'])('refuses %s', (typed) => expect(parseTime(typed)).toBeUndefined())
})

describe('checkDay', () => {
  it('accepts times in any order that do not overlap', () => {
    const spans: Span[] = [
      ['13:00', '18:00'],
      ['09:00', '12:00'],
      ['18:00', '24:00'],
    ]
    expect(checkDay(spans).size).toBe(0)
  })

  it('says which times are wrong, and how', () => {
    const spans: Span[] = [
      ['09:00', '12:00'],
      ['18:00', '09:00'],
      ['11:00', '13:00'],
      ['soon', '10:00'],
    ]
    expect([...checkDay(spans)]).toEqual([
      [1, 'timeOrder'],
      [2, 'overlap'],
      [3, 'time'],
    ])
  })
})

describe('hours', () => {
  it('never turns a week without times into always open', () => {
    const closed = hoursOf(weekOf({}))
    expect(isAlwaysOpen(closed)).toBe(false)
    expect(Object.keys(closed)).toHaveLength(7)
  })

  it('joins days in a row', () => {
    const day = [['09:00', '18:00']]
    const joined = ranges({ mon: day, tue: day, wed: [['09:00', '12:00']], fri: day, sat: day })
    expect(joined.map(({ days }) => days)).toEqual([['mon', 'tue'], ['wed'], ['fri', 'sat']])
  })
})
