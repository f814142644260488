import { describe, expect, it } from 'vitest'
import type { RoutingDifference } from '../../api/types'
import { changesOf, countOf, groupsOf, rangeOf, shown, textOf } from './difference'

const difference: RoutingDifference = {
  applied: false,
  hash: '1',
  left: [],
  warnings: [],
  entries: [
    { kind: 'queue', id: 'support', name: 'Support', action: 'changed', fields: [{ path: 'wrapup_s', from: 90, to: 60 }] },
    { kind: 'skill', id: 'ko', name: 'Korean', action: 'same', fields: [] },
    { kind: 'queue', id: 'billing', name: 'Billing', action: 'same', fields: [] },
    { kind: 'skill', id: 'pt', name: 'Portuguese', action: 'removed', fields: [] },
  ],
}

describe('a difference', () => {
  it('is shown by what its entries are, in the order of files', () => {
    expect(groupsOf(difference).map((group) => [group.kind, group.entries.map((entry) => entry.id), group.same])).toEqual([
      ['skill', ['pt'], ['ko']],
      ['queue', ['support'], ['billing']],
    ])
    expect(countOf(difference, 'same')).toBe(2)
    expect(changesOf(difference)).toBe(2)
  })

  it('shows texts as they are, and tells empty from missing', () => {
    expect(shown({ path: 'a', from: 'b', to: '' }, 'from')).toBe('b')
    expect(shown({ path: 'a', from: 'b', to: '' }, 'to')).toBe('""')
    expect(shown({ path: 'a', to: null }, 'to')).toBe('null')
    expect(shown({ path: 'a', to: [['09:00', '18:00']] }, 'to')).toBe('[["09:00","18:00"]]')
    expect(shown({ path: 'a', to: 1 }, 'from')).toBeUndefined()
  })
})

describe('a place in a text', () => {
  const text = 'one\n 🌊two\n\nfour'
  it.each([
    [1, 1, 'one'],
    [1, 3, 'e'],
    [2, 2, '🌊two'],
    [2, 3, 'two'],
    [3, 1, ''],
    [4, 99, ''],
    [99, 1, 'four'],
  ])('line %i, column %i', (line, column, rest) => {
    expect(text.slice(...rangeOf(text, line, column))).toBe(rest)
  })
})

describe('a file', () => {
  it('is read when it is UTF-8', async () => {
    expect(await textOf(new Blob(['한국어']))).toBe('한국어')
    expect(await textOf(new Blob([new Uint8Array([0xff, 0xfe, 0x41])]))).toBeUndefined()
  })
})
