import type { Conversation, Phase } from '../src/api/types'
import { capabilities, channelNames } from './settings.ts'
import { fixedId, iso, now, Store, type Actor, type MockPerson } from './store.ts'
import { generated, threads, type Line, type Thread } from './threads.ts'

const minute = 60_000

function person(n: number, name: string, email: string, role: MockPerson['role'], presence: string, load: number): MockPerson {
  return {
    id: fixedId(1, n),
    name,
    email,
    role,
    locale: 'en',
    skills: { en: 80, ko: 90, billing: 70 },
    queues: { support: 1, billing: 2 },
    state: { presence, presence_since: iso(now() - 42 * minute), capacity: 120, load, connected: presence !== 'offline' },
  }
}

export function seed(as: string): Store {
  const store = new Store()
  store.people = [
    person(1, '서민아 Mina Seo', 'agent@seax.example', 'agent', 'available', 100),
    person(2, 'Daniel Okafor', 'supervisor@seax.example', 'supervisor', 'available', 0),
    person(3, '한지우 Jiwoo Han', 'admin@seax.example', 'admin', 'available', 100),
    person(4, 'Ana Lopez', 'ana@seax.example', 'agent', 'available', 40),
    person(5, '박도현', 'dohyun@seax.example', 'agent', 'break', 20),
    person(6, 'Tom Fischer', 'tom@seax.example', 'agent', 'offline', 0),
  ]
  store.session = store.people.find((one) => one.role === as)?.id ?? null
  const me = store.people.find((one) => one.role === as) ?? store.people[0]
  if (!me) return store
  const all = [...threads, ...generated(260)]
  all.forEach((thread, index) => addThread(store, thread, index + 1, me))
  return store
}

function addThread(store: Store, thread: Thread, n: number, me: MockPerson): void {
  const contactId = fixedId(2, thread.contactNumber ?? n)
  if (!store.contacts.has(contactId)) {
    store.contacts.set(contactId, {
      contact: { id: contactId, name: thread.name, locale: thread.language, attributes: thread.contactAttributes ?? {}, created_at: iso(now() - 90 * 24 * 60 * minute), conversations: 1 },
      identities: [
        { id: fixedId(3, n * 2), kind: thread.channel, realm: channelNames[thread.channel] ?? '', address: thread.address, verified: thread.verified ?? false, since: iso(now() - 90 * 24 * 60 * minute) },
        ...(thread.email ? [{ id: fixedId(3, n * 2 + 1), kind: 'email', address: thread.email, verified: true, since: iso(now() - 20 * 24 * 60 * minute) }] : []),
      ],
    })
  }
  const owner = thread.owner === 'me' ? me : thread.owner ? store.people[thread.owner - 1] : undefined
  const conversation: Conversation = {
    id: fixedId(4, n),
    number: 10_240 - n,
    channel: { id: thread.channel, kind: thread.channel, name: channelNames[thread.channel] ?? thread.channel },
    contact: { id: contactId, name: thread.name },
    address: thread.address,
    flow: 'reception',
    phase: 'flow',
    last_seq: 0,
    language: thread.language,
    priority: thread.priority ?? 0,
    attributes: thread.attributes ?? {},
    preview: '',
    preview_from: '',
    unread: 0,
    opened_at: iso(now() - thread.lines.reduce((most, line) => Math.max(most, line[0]), 0) * minute),
    attention: thread.attention ?? '',
    outcome: '',
    ...(thread.queue ? { queue: thread.queue } : {}),
    ...(owner ? { agent: { id: owner.id, name: owner.name } } : {}),
    ...(capabilities[thread.channel] ? { capabilities: capabilities[thread.channel] } : {}),
  }
  store.conversations.set(conversation.id, conversation)
  const context: LineContext = { store, id: conversation.id, thread, agent: owner ?? me, me }
  for (const line of thread.lines) addLine(context, line)
  settle(conversation, thread)
}

type LineContext = { store: Store; id: string; thread: Thread; agent: MockPerson; me: MockPerson }

function addLine({ store, id, thread, agent }: LineContext, [ago, who, text, extra]: Line): void {
  const at = now() - ago * minute
  const actors: Record<string, Actor> = {
    customer: { kind: 'customer', id: fixedId(2, 1), name: thread.name },
    agent: { kind: 'agent', id: agent.id, name: agent.name },
    bot: { kind: 'bot', name: 'Seabird bot' },
    system: { kind: 'system' },
    note: { kind: 'agent', id: agent.id, name: agent.name },
    whisper: { kind: 'agent', id: fixedId(1, 2), name: 'Daniel Okafor' },
  }
  const actor = actors[who] ?? { kind: 'system' }
  const people = { agent: { id: agent.id, name: agent.name } }
  if (who === 'note' || who === 'whisper') {
    store.append(id, 'agent.note', actor, { text, ...(who === 'whisper' ? { whisper: true } : {}) }, { at, quiet: true })
    return
  }
  if (who === 'event') {
    store.append(id, text, text === 'conversation.transferred' ? { kind: 'agent', id: agent.id, name: agent.name } : { kind: 'system' }, { ...people, ...extra }, { at, quiet: true })
    return
  }
  const { status, error, ...body } = extra ?? {}
  const event = store.append(id, `${who}.message`, actor, { text, ...body }, { at, quiet: true })
  if (event.delivery) {
    event.delivery.status = typeof status === 'string' ? (status as 'sent') : 'read'
    if (typeof error === 'string') event.delivery.error = error
  }
}

function settle(c: Conversation, thread: Thread): void {
  const phase: Phase = thread.phase
  c.phase = phase
  c.unread = thread.unread ?? 0
  if (thread.waiting === undefined) delete c.waiting_since
  else c.waiting_since = iso(now() - thread.waiting * minute)
  if (phase === 'wrapping') c.wrapup_deadline = iso(now() + 95_000)
  if (phase === 'parked') c.parked_until = iso(now() + 17 * 60 * minute)
  if (phase === 'closed') {
    c.closed_at = c.last_message_at ?? c.opened_at
    c.outcome = 'solved'
    c.rating = 5
  }
  if (thread.transfer) c.transfer = { to_queue: thread.transfer, note: 'Customer asks for a refund of two orders', since: iso(now() - 2 * minute) }
}
