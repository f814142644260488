/** Where a condition stands, which says what it may speak of. */
export type Scope = 'request' | 'agent' | 'member'

type Words = Readonly<Record<string, readonly string[]>>

const agent = ['id', 'name', 'presence', 'capacity', 'load', 'free', 'idle_since', 'skills', 'queues', 'attributes', 'channel_load', 'channel_limits', 'channel_free']

const ofRequest: Words = {
  request: ['queue', 'channel', 'channel_id', 'language', 'flow', 'reason', 'priority', 'skills', 'attributes', 'since', 'sla_due', 'sla_left'],
  contact: ['name', 'locale', 'attributes', 'earlier'],
  agents: ['available', 'with_capacity'],
  queue: ['id', 'waiting', 'longest_wait', 'eta'],
  hours: ['open', 'holiday'],
  local: ['hour', 'minute', 'weekday', 'date', 'time'],
}

/** What conditions may speak of; docs/routing.md says what each is. */
export const vocabulary: Readonly<Record<Scope, Words>> = { request: ofRequest, agent: { agent, ...ofRequest }, member: { agent } }

export const functions = ['has(x)', 'num(x)', 'text(x)', 'list(x)', 'texts(x)', "at(x, 'a.b[0]')"] as const

export const examples: Readonly<Record<Scope, readonly string[]>> = {
  request: ["request.language == 'ko'", "contact.attributes.tier == 'gold' || request.priority >= 50", '!hours.open', "request.sla_left < duration('2m')", 'agents.with_capacity == 0'],
  agent: ['agent.skills.vip >= 50', "agent.attributes.office == 'Berlin'", "contact.attributes.region in list(agent.attributes.regions)", 'agent.free >= 40'],
  member: ['agent.skills.night >= 1', "agent.attributes.office == 'Berlin'", "agent.attributes.team in ['night', 'weekend']"],
}
