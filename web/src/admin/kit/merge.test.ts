import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differences, linesOf, merge, usual } from './merge'

const leaf = fc.oneof(fc.string({ maxLength: 3 }), fc.integer(), fc.boolean(), fc.array(fc.integer(), { maxLength: 3 }))
const treeOf = (inner: fc.Arbitrary<unknown>) => fc.dictionary(fc.constantFrom('a', 'b', 'c'), inner, { maxKeys: 3 })
const tree = treeOf(fc.oneof(leaf, treeOf(fc.oneof(leaf, treeOf(leaf)))))

describe('putting together', () => {
  it('takes whatever one side alone has changed', () => {
    fc.assert(
      fc.property(tree, tree, (base, changed) => {
        expect(merge(base, changed, base, usual)).toEqual(changed)
        expect(merge(base, base, changed, usual)).toEqual(changed)
      }),
    )
  })

  it('gives all of one side when that is chosen', () => {
    fc.assert(
      fc.property(tree, tree, tree, (base, mine, theirs) => {
        expect(merge(base, mine, theirs, () => 'mine')).toEqual(mine)
        expect(merge(base, mine, theirs, () => 'theirs')).toEqual(theirs)
      }),
    )
  })

  it('differs from theirs exactly where mine was chosen', () => {
    fc.assert(
      fc.property(tree, tree, tree, fc.func(fc.boolean()), (base, mine, theirs, coin) => {
        const choose = (difference: { path: readonly string[] }) => (coin(difference.path) ? 'mine' : 'theirs')
        const merged = merge(base, mine, theirs, choose)
        const of = (all: { path: readonly string[] }[]) => all.map(({ path }) => path.join('.')).sort()
        const chosen = differences(base, mine, theirs).filter((difference) => choose(difference) === 'mine')
        expect(of(differences(base, merged, theirs))).toEqual(of(chosen))
      }),
    )
  })

  it('says whose change it is, and takes mine where both changed it', () => {
    const base = { name: 'A', skills: { en: 50, ko: 50 }, steps: [1] }
    const mine = { name: 'B', skills: { en: 60, ko: 50 }, steps: [1, 2] }
    const theirs = { name: 'A', skills: { en: 70, ko: 50, pt: 10 }, steps: [1] }
    expect(differences(base, mine, theirs).map(({ path, side }) => [path.join('.'), side])).toEqual([
      ['name', 'mine'],
      ['skills.en', 'both'],
      ['skills.pt', 'theirs'],
      ['steps', 'mine'],
    ])
    expect(merge(base, mine, theirs, usual)).toEqual({ name: 'B', skills: { en: 60, ko: 50, pt: 10 }, steps: [1, 2] })
  })
})

describe('a value as lines', () => {
  it('reads like a list of fields, without keys for the screen', () => {
    expect(linesOf([{ key: 3, queue: 'night', lower: { ko: 30 }, drop: ['en', 'pt'] }, { key: 4, anyone: true }])).toEqual([
      '- queue: night',
      '  lower:',
      '    ko: 30',
      '  drop:',
      '    en',
      '    pt',
      '- anyone: true',
    ])
    expect(linesOf('')).toEqual([])
    expect(linesOf('two\nlines')).toEqual(['two\nlines'])
  })
})
