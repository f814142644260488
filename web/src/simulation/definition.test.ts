import { expect, it } from 'vitest'
import { readPlan, writePlan } from './definition'

it('shows what an editor may change, and reads it again', () => {
  const plan = { id: 'care', name: { en: 'Care' }, default: { steps: [{ timeout_s: 5 }] }, version: 3, doubts: [] }
  const text = writePlan(plan)
  expect(text).not.toContain('version')
  expect(readPlan(text).plan).toEqual({ id: 'care', name: { en: 'Care' }, default: { steps: [{ timeout_s: 5 }] } })
  expect(readPlan(writePlan(undefined)).plan?.default.steps).toHaveLength(2)
})

it('says what cannot be read', () => {
  expect(readPlan('{').wrong).toBeTruthy()
  expect(readPlan('{').plan).toBeUndefined()
  expect(readPlan('[]').wrong).toBe('')
  expect(readPlan('null').wrong).toBe('')
})
