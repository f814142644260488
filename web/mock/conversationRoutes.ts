import type { Conversation, NewThings } from './wire.ts'
import { ok, problem, type Answer } from './routes.ts'
import { iso, now, type Store } from './store.ts'

const self = (store: Store) => {
  const person = store.me()
  return { kind: 'agent' as const, id: person?.id ?? '', name: person?.name ?? '' }
}

export function owned(store: Store, c: Conversation, body: NewThings): Answer {
  for (const [key, value] of Object.entries(body.attributes ?? {})) {
    if (value === '') Reflect.deleteProperty(c.attributes, key)
    else c.attributes[key] = value
  }
  if (body.language !== undefined) c.language = body.language
  if (body.priority !== undefined) c.priority = body.priority
  store.append(c.id, 'conversation.updated', self(store), { ...body })
  return ok(c)
}

export function takeMessage(store: Store, c: Conversation, action: string, sub: string, body: NewThings): Answer {
  const actor = self(store)
  if (sub) {
    const message = store.log(c.id).find((event) => event.id === sub)
    if (message?.delivery) message.delivery = { status: 'queued' }
    store.append(c.id, 'delivery.retried', actor, { event_id: sub, message_seq: message?.seq ?? 0, status: 'queued' })
    store.deliver(c.id, sub, '')
    return ok(c)
  }
  const before = store.log(c.id).find((event) => event.id === body.id)
  if (before) return ok(before)
  const id = body.id ?? ''
  if (action === 'notes') {
    const whisper = c.agent !== undefined && c.agent.id !== actor.id
    return ok(store.append(c.id, 'agent.note', actor, { text: body.text ?? '', ...(whisper ? { whisper } : {}) }, { id }))
  }
  if (c.agent?.id !== actor.id) return problem(403, 'not_owner', 'Only the owner may answer.')
  const attachments = body.attachments?.map((file) => ({ id: file, name: 'photo.png', media_type: 'image/png', size: 90_000, url: '/mock/photo.svg' }))
  const event = store.append(c.id, 'agent.message', actor, { text: body.text ?? '', ...(attachments?.length ? { attachments } : {}) }, { id })
  store.deliver(c.id, id, body.text ?? '')
  return ok(event)
}

export function actOn(store: Store, c: Conversation, action: string, method: string, body: NewThings): Answer {
  const actor = self(store)
  const push = (kind: string, eventBody: Record<string, unknown>) => store.append(c.id, kind, actor, eventBody)
  switch (action) {
    case 'read':
      c.unread = 0
      store.push(c.id)
      return ok()
    case 'typing':
      return ok()
    case 'transfer': {
      if (method === 'DELETE') {
        delete c.transfer
        push('conversation.transferred', { state: 'canceled' })
        return ok(c)
      }
      const agent = store.people.find((person) => person.id === body.agent_id)
      const target = { ...(body.queue ? { to_queue: body.queue } : {}), ...(agent ? { to_agent: { id: agent.id, name: agent.name } } : {}) }
      if (body.let_go) {
        c.phase = 'queued'
        delete c.agent
        if (body.queue) c.queue = body.queue
      } else c.transfer = { ...target, note: body.note ?? '', since: iso(now()) }
      push('conversation.transferred', { ...target, note: body.note, state: 'started', let_go: body.let_go })
      return ok(c)
    }
    case 'park':
      c.phase = 'parked'
      if (body.until) c.parked_until = body.until
      push('conversation.parked', { until: body.until, note: body.note })
      return ok(c)
    case 'resume':
      c.phase = 'assigned'
      delete c.parked_until
      push('conversation.resumed', { reason: 'agent' })
      return ok(c)
    case 'wrap-up':
      c.phase = 'wrapping'
      c.wrapup_deadline = iso(now() + 120_000)
      push('conversation.wrapping', { deadline: c.wrapup_deadline })
      return ok(c)
    case 'close':
      c.phase = 'closed'
      c.outcome = body.outcome ?? ''
      c.closed_at = iso(now())
      push('conversation.wrapped', { outcome: body.outcome, note: body.note })
      push('conversation.closed', { reason: 'done' })
      return ok(c)
    case 'take-over':
      c.phase = 'assigned'
      c.agent = { id: actor.id, name: actor.name }
      push('conversation.assigned', { agent: c.agent, how: 'taken_over', epoch: 2 })
      return ok(c)
    case 'assign':
      c.phase = 'offered'
      push('reservation.created', { agent: { id: body.agent_id, name: store.people.find((person) => person.id === body.agent_id)?.name ?? '' } })
      return ok(c)
    case 'explain':
      return ok(explain(store, c))
    default:
      return problem(404, 'not_found', 'No such action.')
  }
}

function explain(store: Store, c: Conversation) {
  return {
    summary: 'Waits for an agent in support with ko ≥ 60 and billing ≥ 40',
    phase: c.phase,
    position: 2,
    estimated_wait_s: 240,
    request: { queue: c.queue ?? 'support', priority: c.priority, skills: { ko: 60, billing: 40 }, waiting_since: c.waiting_since ?? c.opened_at },
    agents: store.people.map((person, index) => ({
      agent: { id: person.id, name: person.name },
      eligible: index === 0,
      reasons:
        [
          [{ code: 'available', text: 'available, idle for 4m' }],
          [{ code: 'skill', text: 'ko 40 < 60', params: { skill: 'ko', has: '40', wanted: '60' } }],
          [{ code: 'capacity', text: 'at capacity 100/100', params: { load: '100', capacity: '100' } }],
          [{ code: 'excluded', text: 'rejected 20s ago', params: { reason: 'rejected', ago: '20s' } }],
          [{ code: 'presence', text: 'presence is break', params: { presence: 'break' } }],
          [{ code: 'lease', text: 'lease expired' }],
        ][index] ?? [],
    })),
  }
}
