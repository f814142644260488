import { describe, expect, it } from 'vitest'
import type { Plan } from '../../api/types'
import { trialOf, type RequestValues } from './request'

const plan: Plan = { id: 'p', name: { en: 'P' }, default: { steps: [{}] } }
const request: RequestValues = { queue: 'support', channel: '', language: '', priority: '', at: '', skills: {}, attributes: [], contact: [] }

describe('a request that is tried', () => {
  it('says only what was filled in', () => {
    expect(trialOf(plan, request)).toEqual({ plan, queue: 'support' })
    expect(
      trialOf(plan, { ...request, channel: 'sms', language: ' ko ', priority: 0, at: '2026-01-05T09:00', skills: { ko: 60 }, attributes: [{ name: ' a ', value: ' 1' }, { name: '', value: 'x' }], contact: [{ name: 'tier', value: 'gold' }] }),
    ).toEqual({
      plan,
      queue: 'support',
      channel: 'sms',
      language: 'ko',
      priority: 0,
      at: new Date('2026-01-05T09:00').toISOString(),
      skills: { ko: 60 },
      attributes: { a: ' 1' },
      contact_attributes: { tier: 'gold' },
    })
  })

  it('waits for a queue and a plan that could be saved', () => {
    expect(trialOf(undefined, request)).toBeUndefined()
    expect(trialOf(plan, { ...request, queue: '' })).toBeUndefined()
    expect(trialOf(plan, { ...request, at: 'half a date' })).toEqual({ plan, queue: 'support' })
  })
})
