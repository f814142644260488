import type { Plan } from './types'

/** What a new plan begins as: the request's queue, then everyone. */
const fresh: Plan = { id: 'new-plan', name: { en: 'New plan' }, default: { steps: [{ timeout_s: 30 }, { anyone: true }] } }

/** A plan as text that can be edited: without what the server alone writes. */
export function writePlan(plan: Plan | undefined): string {
  const { id, name, budget, rules, default: last, overflow } = plan ?? fresh
  return JSON.stringify({ id, name, budget, rules, default: last, overflow }, null, 2)
}

/** Reads an edited plan, or says why it cannot be read; '' it is JSON, but no object. What the server makes of it, it says itself. */
export function readPlan(text: string): { plan?: Plan; wrong?: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { wrong: '' }
  return { plan: value as Plan }
}
