import { randomUUID } from 'node:crypto'
import type { Conversation, Me, NewThings } from './wire.ts'
import { actOn, owned, takeMessage } from './conversationRoutes.ts'
import { contactRoutes } from './contactRoutes.ts'
import { AdminData } from './admin.ts'
import { cannedReplies, presences, queues, skills } from './settings.ts'
import { iso, now, type Store } from './store.ts'

export type Answer = { status: number; body?: unknown }

export const ok = (body?: unknown): Answer => (body === undefined ? { status: 204 } : { status: 200, body })
export const problem = (status: number, code: string, detail: string, extra: object = {}): Answer => ({ status, body: { title: code, status, code, detail, ...extra } })

const admins = new WeakMap<Store, AdminData>()

export function adminOf(store: Store): AdminData {
  const found = admins.get(store) ?? new AdminData(store)
  admins.set(store, found)
  return found
}

function me(store: Store): Me | undefined {
  const person = store.me()
  if (!person) return undefined
  const { id, name, email, role, locale, state } = person
  return { id, name, email, role, locale, agent: state, temporal_ui_url: 'http://127.0.0.1:8233/namespaces/default/workflows/' }
}

export function answer(store: Store, method: string, path: string, query: URLSearchParams, raw: Buffer, type: string): Answer {
  const body = (type.includes('json') && raw.length > 0 ? JSON.parse(raw.toString()) : {}) as NewThings
  const [, area = '', id = '', action = '', sub = ''] = path.split('/')
  if (area === 'session') return session(store, method, body)
  const person = store.me()
  if (!person) return problem(401, 'unauthorized', 'Sign in first.')
  const lists = method === 'GET' ? { presences, queues, skills, 'canned-replies': cannedReplies }[area] : undefined
  if (lists) return ok({ items: lists })
  const admin = adminOf(store).answer(method, area, id, body, query)
  if (admin) return admin
  switch (area) {
    case 'presence':
      if (body.after_conversation && person.state.load > 0) person.state.next_presence = body.presence ?? ''
      else {
        person.state = { ...person.state, presence: body.presence ?? 'available', presence_since: iso(now()) }
        delete person.state.next_presence
      }
      store.pushState(person)
      return ok(person.state)
    case 'targets':
      return ok(targets(store))
    case 'reservations':
      return id ? reservation(store, id, action) : ok({ items: store.offers.map((offer) => ({ ...offer, server_now: iso(now()) })) })
    case 'conversations':
      return id ? conversation(store, method, id, action, sub, body, query) : ok(list(store, query))
    case 'contacts':
    case 'contact-merges':
      return contactRoutes(store, method, area, id, action, body, query)
    case 'files':
      return upload(raw)
    default:
      return problem(404, 'not_found', `The mock has no ${method} ${path}.`)
  }
}

function session(store: Store, method: string, body: NewThings): Answer {
  if (method === 'POST') {
    if (store.signInFailures >= 5) return problem(429, 'throttled', 'Too many attempts.', { retry_after: 25 })
    const person = store.people.find((one) => one.email === body.email)
    if (!person || body.password === 'wrong') {
      store.signInFailures++
      return problem(401, 'unauthorized', 'Email or password is not right.')
    }
    store.session = person.id
    return ok(me(store))
  }
  const person = store.me()
  if (!person) return problem(401, 'unauthorized', 'Sign in first.')
  if (method === 'DELETE') {
    store.session = null
    return ok()
  }
  if (method === 'PATCH') {
    if (body.locale) person.locale = body.locale
    if (body.current_password === 'wrong') return problem(422, 'invalid', 'The current password is not right.')
  }
  return ok(me(store))
}

function inView(c: Conversation, view: string, mine: string): boolean {
  switch (view) {
    case 'mine':
      return c.agent?.id === mine && c.phase !== 'closed'
    case 'waiting':
      return c.phase === 'queued' || c.phase === 'offered'
    case 'bot':
      return c.phase === 'flow'
    case 'open':
      return c.phase !== 'closed'
    case 'parked':
    case 'closed':
      return c.phase === view
    case 'attention':
      return c.attention !== '' && c.phase !== 'closed'
    default:
      return true
  }
}

function list(store: Store, query: URLSearchParams) {
  const view = query.get('view') ?? 'all'
  const q = (query.get('q') ?? '').toLowerCase()
  const contact = query.get('contact')
  const limit = Number(query.get('limit') ?? 50)
  const start = Number(query.get('cursor') ?? 0)
  const mine = store.session ?? ''
  const found = [...store.conversations.values()]
    .filter((c) => inView(c, view, mine))
    .filter((c) => !contact || c.contact.id === contact)
    .filter((c) => !q || `${c.contact.name} ${c.address} ${c.preview}`.toLowerCase().includes(q))
    .sort((a, b) => (view === 'waiting' ? (a.waiting_since ?? '').localeCompare(b.waiting_since ?? '') : (b.last_message_at ?? '').localeCompare(a.last_message_at ?? '')))
  const items = found.slice(start, start + limit).map((c) => ({ ...c, capabilities: undefined }))
  return { items, ...(start + limit < found.length ? { next_cursor: String(start + limit) } : {}) }
}

function targets(store: Store) {
  return {
    queues: queues.map(({ id, name }, index) => ({ id, name, open: index !== 3, waiting: index === 0 ? 2 : index, agents_available: 3 - index })),
    agents: store.people
      .filter((person) => person.id !== store.session)
      .map((person) => ({ id: person.id, name: person.name, presence: person.state.presence, connected: person.state.connected, free: person.state.presence === 'available' })),
  }
}

function reservation(store: Store, id: string, action: string): Answer {
  const offer = store.offers.find((other) => other.id === id)
  const person = store.me()
  if (!offer || !person) return problem(409, 'offer_gone', 'Ana Lopez has it now.', { state: 'rescinded', taken_by: 'Ana Lopez' })
  const c = store.conversation(offer.conversation.id)
  if (action === 'reject') {
    store.endOffer(id, 'rejected')
    return ok()
  }
  c.phase = 'assigned'
  c.agent = { id: person.id, name: person.name }
  store.append(c.id, 'reservation.accepted', { kind: 'agent', id: person.id, name: person.name }, { reservation_id: id, agent: c.agent })
  store.append(c.id, 'conversation.assigned', { kind: 'agent', id: person.id, name: person.name }, { agent: c.agent, reservation_id: id, how: 'accepted', epoch: 1 })
  store.endOffer(id, 'accepted')
  return ok(c)
}

function conversation(store: Store, method: string, id: string, action: string, sub: string, body: NewThings, query: URLSearchParams): Answer {
  const c = store.conversations.get(id)
  const person = store.me()
  if (!c || !person) return problem(404, 'not_found', 'There is no such conversation.')
  if (action === '') return method === 'PATCH' ? owned(store, c, body) : ok(c)
  if (action === 'events') return ok(page(store, id, query))
  if (action === 'messages' || action === 'notes') return takeMessage(store, c, action, sub, body)
  return actOn(store, c, action, method, body)
}

function page(store: Store, id: string, query: URLSearchParams) {
  const log = store.log(id)
  const limit = Number(query.get('limit') ?? 50)
  const after = query.get('after')
  const before = query.get('before')
  if (after !== null) {
    const items = log.filter((event) => event.seq > Number(after))
    return { items: items.slice(0, limit), more: items.length > limit }
  }
  const items = before === null ? log : log.filter((event) => event.seq < Number(before))
  return { items: items.slice(-limit), more: items.length > limit }
}

function upload(raw: Buffer): Answer {
  const text = raw.toString('latin1')
  const name = /filename="([^"]*)"/.exec(text)?.[1] ?? 'file'
  const mediaType = /Content-Type: ([^\r]*)/.exec(text)?.[1] ?? 'application/octet-stream'
  return { status: 201, body: { id: randomUUID(), name: Buffer.from(name, 'latin1').toString(), media_type: mediaType, size: raw.length, url: '/mock/photo.svg' } }
}
