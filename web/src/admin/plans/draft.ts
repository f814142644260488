import type { Plan, PlanRule, PlanStep } from '../../api/types'
import { localText, textValues, type TextValues } from '../kit/values'

/**
 * A plan as it is edited. Rules and steps are kept as they came, with all of their fields, whatever this client knows of them;
 * `key` tells them apart on the screen while they are moved and renamed.
 */
export type PlanDraft = {
  id: string
  name: TextValues
  /** All that is neither a name nor a rule. */
  rest: Omit<Plan, 'id' | 'name' | 'rules' | 'default' | 'version' | 'doubts'>
  rules: RuleDraft[]
  default: RuleDraft
}
export type RuleDraft = { key: number; rule: Omit<PlanRule, 'steps'>; steps: StepDraft[] }
export type StepDraft = { key: number; step: PlanStep }

/** What a new plan begins as: the request's queue for a while, then everybody. */
const fresh: Plan = { id: '', name: { en: '' }, default: { steps: [{ timeout_s: 120 }, { anyone: true }] } }

export function draftOf(plan: Plan = fresh): PlanDraft {
  const { id, name, rules = [], default: otherwise, ...rest } = plan
  delete rest.version
  delete rest.doubts
  return { id, name: textValues(name), rest, rules: rules.map(ruleDraft), default: ruleDraft(otherwise, rules.length) }
}

function ruleDraft({ steps, ...rule }: PlanRule, key: number): RuleDraft {
  return { key, rule, steps: steps.map((step, n) => ({ key: n, step })) }
}

export function planOf({ id, name, rest, rules, default: otherwise }: PlanDraft): Plan {
  return { ...rest, id, name: localText(name), ...(rules.length > 0 ? { rules: rules.map(ruleOf) } : {}), default: ruleOf(otherwise) }
}

function ruleOf({ rule, steps }: RuleDraft): PlanRule {
  return { ...rule, steps: steps.map(({ step }) => step) }
}

/** A key that no entry of a list has yet. */
export function freeKey(list: readonly { key: number }[], ...others: { key: number }[]): number {
  return Math.max(-1, ...list.map(({ key }) => key), ...others.map(({ key }) => key)) + 1
}

/** A copy with a field set; undefined, an empty text or list: without it. */
export function set<T extends object, K extends keyof T>(object: T, field: K, value: T[K] | undefined): T {
  const next = { ...object, [field]: value }
  const empty = value === undefined || value === '' || value === false || (typeof value === 'object' && value !== null && field !== 'overflow' && Object.keys(value).length === 0)
  if (empty) Reflect.deleteProperty(next, field)
  return next
}

/** A name that no rule has yet. */
export function freeName(wanted: string, rules: readonly RuleDraft[]): string {
  const taken = new Set(rules.map(({ rule }) => rule.name))
  let name = wanted
  for (let n = 2; taken.has(name); n++) name = `${wanted} ${n}`
  return name
}

/** The plan with rules by their names, so that two who have changed different rules do not get into each other's way. */
type Parts = { name: TextValues; rest: PlanDraft['rest']; order?: string[]; rules: Record<string, object> | object[]; default: object; id: string }

export function partsOf({ rules, default: otherwise, ...draft }: PlanDraft): Parts {
  const names = rules.map(({ rule }) => rule.name ?? '')
  const told = names.every(Boolean) && new Set(names).size === names.length
  const all = rules.map((one): [string, object] => [one.rule.name ?? '', ruleOf(one)])
  return { ...draft, ...(told ? { order: names, rules: Object.fromEntries(all) } : { rules: all.map(([, rule]) => rule) }), default: ruleOf(otherwise) }
}

export function draftOfParts(parts: unknown): PlanDraft {
  const { order = [], rules, default: otherwise, id, name, rest } = parts as Parts
  const list = Array.isArray(rules) ? rules : [...new Set([...order, ...Object.keys(rules)])].flatMap((one) => (Object.hasOwn(rules, one) ? [rules[one]] : []))
  return {
    id,
    name,
    rest,
    rules: list.map((rule, i) => ruleDraft(rule as PlanRule, i)),
    default: ruleDraft(otherwise as PlanRule, list.length),
  }
}
