import { randomUUID } from 'node:crypto'
import type { AgentState, Attachment, Contact, Conversation, ConversationEvent, Identity, Offer, Role } from '../src/api/types'

export type Actor = ConversationEvent['actor']
export type MockPerson = { id: string; name: string; email: string; role: Role; locale: string; state: AgentState; skills: Record<string, number>; queues: Record<string, number> }
export type MockContact = { contact: Contact; identities: Identity[] }
export type Merge = { id: string; into: string; from: MockContact; at: string }

export const now = () => Date.now()
export const iso = (at: number) => new Date(at).toISOString()

/** A readable id that is always the same: fixtures can be linked to. */
export function fixedId(kind: number, n: number): string {
  return `${kind.toString(16).padStart(8, '0')}-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
}

type Publish = (channel: string, data: unknown) => void

/** The whole backend, in memory. */
export class Store {
  people: MockPerson[] = []
  contacts = new Map<string, MockContact>()
  conversations = new Map<string, Conversation>()
  events = new Map<string, ConversationEvent[]>()
  offers: Offer[] = []
  merges: Merge[] = []
  files = new Map<string, { meta: Attachment; data: Buffer }>()
  session: string | null = null
  signInFailures = 0
  publish: Publish = () => undefined

  me(): MockPerson | undefined {
    return this.people.find((person) => person.id === this.session)
  }

  conversation(id: string): Conversation {
    const found = this.conversations.get(id)
    if (!found) throw new Error(`no conversation ${id}`)
    return found
  }

  log(id: string): ConversationEvent[] {
    const found = this.events.get(id) ?? []
    this.events.set(id, found)
    return found
  }

  /** Appends an event and lets the conversation follow, as the server does; pushes both. */
  append(id: string, kind: string, actor: Actor, body: ConversationEvent['body'], options: { at?: number; id?: string; quiet?: boolean } = {}): ConversationEvent {
    const c = this.conversation(id)
    const before = c.agent?.id
    const at = iso(options.at ?? now())
    const event: ConversationEvent = { conversation_id: id, seq: c.last_seq + 1, id: options.id ?? randomUUID(), kind, actor, body, at }
    if (kind === 'agent.message' || kind === 'bot.message' || kind === 'system.message') event.delivery = { status: 'queued' }
    this.log(id).push(event)
    c.last_seq = event.seq
    this.follow(c, event)
    if (!options.quiet) this.push(id, event, before)
    return event
  }

  private follow(c: Conversation, event: ConversationEvent): void {
    const text = typeof event.body.text === 'string' ? event.body.text : ''
    const files = event.body.attachments as Attachment[] | undefined
    if (event.kind.endsWith('.message')) {
      c.preview = text || (files?.[0]?.name ?? '')
      c.preview_from = event.kind.split('.')[0] as Conversation['preview_from']
      c.last_message_at = event.at
      if (event.kind === 'customer.message') {
        c.unread++
        c.waiting_since ??= event.at
      } else if (event.kind === 'agent.message') {
        delete c.waiting_since
        c.unread = 0
      }
    }
    if (event.kind === 'delivery.updated') {
      const message = this.log(c.id).find((other) => other.id === event.body.event_id)
      if (message) {
        message.delivery = { status: event.body.status as NonNullable<ConversationEvent['delivery']>['status'] }
        if (typeof event.body.error === 'string') message.delivery.error = event.body.error
      }
    }
  }

  push(id: string, event?: ConversationEvent, before?: string): void {
    const conversation = this.conversation(id)
    if (event) this.publish(`conversation:${id}`, { t: 'event', event, conversation })
    const owners = new Set([before, conversation.agent?.id])
    for (const owner of owners) if (owner) this.publish(`agent:${owner}`, { t: 'conversation', conversation })
  }

  pushState(person: MockPerson): void {
    this.publish(`agent:${person.id}`, { t: 'state', state: person.state })
  }

  /** Sent, delivered and read follow each other, as a channel would report them. */
  deliver(id: string, messageId: string, text: string): void {
    const message = this.log(id).find((event) => event.id === messageId)
    if (!message) return
    const steps = text.includes('!fail') ? ['failed'] : ['sent', 'delivered', 'read']
    steps.forEach((status, index) => {
      setTimeout(() => {
        if (!this.conversations.has(id)) return
        const error = status === 'failed' ? { error: 'The number does not accept messages any more.' } : {}
        this.append(id, 'delivery.updated', { kind: 'system' }, { event_id: messageId, message_seq: message.seq, status, ...error })
      }, 500 + index * 1200)
    })
  }

  offer(conversationId: string, seconds = 45): Offer | undefined {
    const me = this.me()
    const c = this.conversation(conversationId)
    if (!me) return undefined
    const at = now()
    c.phase = 'offered'
    const offer: Offer = {
      id: randomUUID(),
      conversation: c,
      created_at: iso(at),
      deadline: iso(at + seconds * 1000),
      server_now: iso(at),
      queue: c.queue ?? 'support',
      skills: c.language === 'ko' ? { ko: 60 } : { en: 50, billing: 40 },
      why: [
        { code: 'known_agent', text: 'served this contact before' },
        { code: 'preferred_skill', text: c.language === 'ko' ? 'ko 90' : 'billing 80', params: c.language === 'ko' ? { skill: 'ko', level: '90' } : { skill: 'billing', level: '80' } },
        { code: 'longest_idle', text: 'idle for 4m', params: { idle: '240' } },
      ],
      messages: this.log(c.id)
        .filter((event) => event.kind.endsWith('.message'))
        .slice(-3),
      ...(c.waiting_since ? { waiting_since: c.waiting_since } : {}),
    }
    this.offers.push(offer)
    this.append(c.id, 'reservation.created', { kind: 'system' }, { reservation_id: offer.id, request_id: randomUUID(), agent: { id: me.id, name: me.name }, queue: offer.queue, deadline: offer.deadline })
    me.state.load += 20
    this.pushState(me)
    this.publish(`agent:${me.id}`, { t: 'offer', offer })
    setTimeout(() => this.endOffer(offer.id, 'timed_out'), seconds * 1000)
    return offer
  }

  endOffer(id: string, state: string, takenBy?: string): void {
    const offer = this.offers.find((other) => other.id === id)
    const me = this.me()
    if (!offer || !me) return
    this.offers = this.offers.filter((other) => other !== offer)
    if (state !== 'accepted') {
      offer.conversation.phase = 'queued'
      me.state.load = Math.max(0, me.state.load - 20)
      this.append(offer.conversation.id, `reservation.${state}`, { kind: 'system' }, { reservation_id: id, agent: { id: me.id, name: me.name } })
    }
    this.publish(`agent:${me.id}`, { t: 'offer_ended', reservation_id: id, conversation_id: offer.conversation.id, state, ...(takenBy ? { taken_by: takenBy } : {}) })
    this.pushState(me)
  }
}
