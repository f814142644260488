import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import schema from '../../../../docs/routing.schema.json'
import type { Plan } from '../../api/types'
import { merge, usual } from '../kit/merge'
import { move } from '../routing/lists'
import { draftOf, draftOfParts, freeName, partsOf, planOf, set } from './draft'

type Schema = {
  $ref?: string
  type?: string
  enum?: string[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  additionalProperties?: Schema | boolean
  minimum?: number
  maximum?: number
  minItems?: number
}
const definitions = schema.definitions as unknown as Record<string, Schema>

/** Values as the schema has them, with every field that it knows: one that is new there is tested here at once. */
function anything(of: Schema): fc.Arbitrary<unknown> {
  if (of.$ref) {
    const name = of.$ref.split('/').at(-1) ?? ''
    if (name === 'SlugId') return fc.constantFrom('night', 'vip-1', 'a')
    return anything(definitions[name] ?? {})
  }
  if (of.enum) return fc.constantFrom(...of.enum)
  switch (of.type) {
    case 'integer':
      return fc.integer({ min: of.minimum ?? 0, max: of.maximum ?? 100 })
    case 'boolean':
      return fc.constant(true)
    case 'array':
      return fc.array(anything(of.items ?? {}), { minLength: Math.max(of.minItems ?? 0, 1), maxLength: 3 })
    case 'object': {
      if (typeof of.additionalProperties === 'object') return fc.dictionary(fc.constantFrom('en', 'ko', '*'), anything(of.additionalProperties), { minKeys: 1 })
      const fields = Object.entries(of.properties ?? {}).filter(([field]) => field !== 'version')
      return fc.record(Object.fromEntries(fields.map(([field, one]) => [field, anything(one)])), { requiredKeys: of.required ?? [] })
    }
    default:
      return fc.string({ minLength: 1, maxLength: 8 }).map((text) => `x${text.trim()}`)
  }
}

const plans = anything({ $ref: '#/definitions/Plan' }) as fc.Arbitrary<Plan>

describe('a plan that is edited', () => {
  it('is the same when nothing is done, whatever the schema allows', () => {
    fc.assert(fc.property(plans, (plan) => {
        expect(planOf(draftOf(plan))).toEqual(plan)
      }), { numRuns: 300 })
  })

  it('keeps what this client does not know', () => {
    const strange = { id: 'p', name: { en: 'P' }, color: 'red', rules: [{ name: 'r', when: 'true', mood: 1, steps: [{ weather: { rain: true } }] }], default: { steps: [{ moon: 2 }] } }
    expect(planOf(draftOf(strange as unknown as Plan))).toEqual(strange)
  })

  it('is no longer what the server alone says', () => {
    expect(planOf(draftOf({ id: 'p', name: { en: 'P' }, default: { steps: [{}] }, version: 3, doubts: [{ at: 'default', words: 'x' }] }))).toEqual({ id: 'p', name: { en: 'P' }, default: { steps: [{}] } })
  })

  it('is the same after it was taken apart to be compared', () => {
    fc.assert(fc.property(plans, (plan) => {
        expect(planOf(draftOfParts(partsOf(draftOf(plan))))).toEqual(plan)
      }))
  })
})

describe('two who edit a plan', () => {
  const plan: Plan = {
    id: 'p',
    name: { en: 'P' },
    rules: [
      { name: 'vip', when: 'a', steps: [{}] },
      { name: 'ko', when: 'b', steps: [{}] },
    ],
    default: { steps: [{}] },
  }
  const [vip, ko] = plan.rules ?? []
  const together = (mine: Plan, theirs: Plan) =>
    planOf(draftOfParts(merge(partsOf(draftOf(plan)), partsOf(draftOf(mine)), partsOf(draftOf(theirs)), usual)))

  it('both have their way with different rules, also when one adds and the other moves or removes', () => {
    if (!vip || !ko) throw new Error('rules are missing')
    const changed = { ...vip, priority: 60 }
    const added = { name: 'night', when: 'c', steps: [{}] }
    expect(together({ ...plan, rules: [changed, ko] }, { ...plan, rules: [ko, vip] }).rules).toEqual([ko, changed])
    expect(together({ ...plan, rules: [vip, ko, added] }, { ...plan, rules: [ko, vip] }).rules).toEqual([vip, ko, added])
    expect(together({ ...plan, rules: [changed, ko] }, { ...plan, rules: [vip] }).rules).toEqual([changed])
  })

  it('nothing of a rule is lost that only one of them has', () => {
    fc.assert(
      fc.property(plans, plans, (mine, theirs) => {
        const merged = together({ ...mine, id: 'p' }, { ...plan, name: theirs.name })
        expect(merged.default).toEqual(mine.default)
      }),
    )
  })
})

describe('changes', () => {
  it('an empty field is none, but back to the flow is something', () => {
    expect(set({ timeout_s: 5, queue: 'a' }, 'timeout_s', undefined)).toEqual({ queue: 'a' })
    expect(set({ queue: 'a' }, 'queue', '')).toEqual({})
    expect(set({ priority: 5 }, 'priority', 0)).toEqual({ priority: 0 })
    expect(set<{ overflow?: object }, 'overflow'>({}, 'overflow', {})).toEqual({ overflow: {} })
  })

  it('moves within the list only', () => {
    expect(move([1, 2, 3], 0, 2)).toEqual([2, 3, 1])
    expect(move([1, 2, 3], 0, -1)).toEqual([1, 2, 3])
    expect(move([1, 2, 3], 2, 3)).toEqual([1, 2, 3])
  })

  it('finds a name that nobody has', () => {
    const draft = draftOf({ id: 'p', name: { en: 'P' }, rules: [{ name: 'a', steps: [{}] }, { name: 'a 2', steps: [{}] }], default: { steps: [{}] } })
    expect(freeName('a', draft.rules)).toBe('a 3')
    expect(freeName('b', draft.rules)).toBe('b')
  })
})
