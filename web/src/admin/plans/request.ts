import type { Plan, PlanTrial } from '../../api/types'
import type { AttributeLine } from '../kit/AttributeLines'

/** A request as it is typed in; attributes are lines, so that two may be unfinished at once. */
export type RequestValues = {
  queue: string
  channel: string
  language: string
  priority: number | ''
  at: string
  skills: Record<string, number>
  attributes: AttributeLine[]
  contact: AttributeLine[]
}

/** As the API wants it; undefined while nobody could send it. */
export function trialOf(plan: Plan | undefined, request: RequestValues): PlanTrial | undefined {
  if (!plan || request.queue === '') return undefined
  const at = request.at === '' ? undefined : new Date(request.at)
  return {
    plan,
    queue: request.queue,
    ...(request.channel === '' ? {} : { channel: request.channel }),
    ...(request.language.trim() === '' ? {} : { language: request.language.trim() }),
    ...(request.priority === '' ? {} : { priority: request.priority }),
    ...(Object.keys(request.skills).length === 0 ? {} : { skills: request.skills }),
    ...given('attributes', request.attributes),
    ...given('contact_attributes', request.contact),
    ...(at === undefined || Number.isNaN(at.getTime()) ? {} : { at: at.toISOString() }),
  }
}

function given<K extends string>(field: K, lines: readonly AttributeLine[]): Partial<Record<K, Record<string, string>>> {
  const named = lines.filter(({ name }) => name.trim() !== '')
  return named.length === 0 ? {} : ({ [field]: Object.fromEntries(named.map(({ name, value }) => [name.trim(), value])) } as Record<K, Record<string, string>>)
}
