import { describe, expect, it } from 'vitest'
import { matchesSearch, sortRows } from './sort'

describe('sortRows', () => {
  const rows = [{ n: 2 }, { n: undefined }, { n: 10 }, { n: 1 }]

  it('puts rows without a value last in both directions', () => {
    expect(sortRows(rows, (r) => r.n, 'asc', 'en').map((r) => r.n)).toEqual([1, 2, 10, undefined])
    expect(sortRows(rows, (r) => r.n, 'desc', 'en').map((r) => r.n)).toEqual([10, 2, 1, undefined])
  })

  it('orders words as the language does, numbers in them by value', () => {
    expect(sortRows(['b', 'A', 'a10', 'a9'], (r) => r, 'asc', 'en')).toEqual(['A', 'a9', 'a10', 'b'])
    expect(sortRows(['나', '가', '다'], (r) => r, 'asc', 'ko')).toEqual(['가', '나', '다'])
  })

  it('keeps equal rows in their order', () => {
    const same = [{ id: 1 }, { id: 2 }, { id: 3 }]
    expect(sortRows(same, () => 0, 'desc', 'en')).toEqual(same)
  })
})

describe('matchesSearch', () => {
  it('wants every word, in any text and case', () => {
    expect(matchesSearch('KIM sea', 'Ha-neul Kim', 'kim@sea.example')).toBe(true)
    expect(matchesSearch('kim lake', 'Ha-neul Kim', 'kim@sea.example')).toBe(false)
    expect(matchesSearch('', undefined)).toBe(true)
  })
})
