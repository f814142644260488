import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Queue } from '../../api/types'
import { reasons, routingBody, routingValues } from './routingValues'

const target = fc.constantFrom({}, { queue: 'night' }, { plan: 'vip' })
const fields = fc.record(
  {
    order: fc.constantFrom('longest_idle' as const, 'least_loaded' as const, 'most_skilled' as const, 'attributes' as const),
    order_by: fc.array(fc.record({ attribute: fc.constantFrom('rating', 'office.floor'), descending: fc.boolean() }), { minLength: 1, maxLength: 3 }),
    width: fc.integer({ min: 1, max: 50 }),
    max_waiting: fc.integer({ min: 0, max: 1_000_000 }),
    members_when: fc.constant('agent.skills.night >= 1'),
    overflow: fc.record(Object.fromEntries(reasons.map((reason) => [reason, target])), { requiredKeys: [] }).filter((all) => Object.keys(all).length > 0),
  },
  { requiredKeys: ['width'] },
)

describe('the routing of a queue', () => {
  it('is the same when nothing is done', () => {
    fc.assert(
      fc.property(fields, (queue) => {
        expect(routingBody(routingValues(queue as unknown as Queue))).toEqual(queue)
      }),
    )
  })

  it('says nothing of what is emptied', () => {
    expect(routingBody({ order: '', order_by: [], width: 1, max_waiting: '', members_when: ' ', overflow: { full: undefined } })).toEqual({ width: 1 })
  })
})
