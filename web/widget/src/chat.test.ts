import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Api, Refused, Unreached, type SessionRequest } from './api.ts'
import { Chat, type Socket } from './chat.ts'
import { memoryShelf, type Shelf } from './shelf.ts'
import type { Item, OutEvent, Page, Push, Result, Session, Settings } from './types.ts'

const settings: Settings = { title: 'Shop', greeting: 'Hello', color: '#0a7468', max_text: 4000, max_file_bytes: 1, file_types: [] }

/** A server with one visitor's feed. */
class Server extends Api {
  visitor = 'v1'
  items: Item[] = []
  told: OutEvent[] = []
  sessions: SessionRequest[] = []
  feeds: unknown[] = []
  down = false
  refuse: Refused | null = null

  say(kind: Item['from']['kind'], text: string): Item {
    const item: Item = { n: this.items.length + 1, id: 'id' + this.items.length, from: { kind }, text, at: '2026-01-02T03:04:05Z' }
    this.items.push(item)
    return item
  }

  private page(items: Item[]): Page {
    return { items, last_n: this.items.length, read_n: 0, state: { phase: this.items.length > 0 ? 'flow' : 'none' } }
  }

  private async answer(): Promise<void> {
    await Promise.resolve()
    if (this.down) throw new Unreached()
    if (this.refuse) throw this.refuse
  }

  override async session(request: SessionRequest): Promise<Session> {
    this.sessions.push(request)
    await this.answer()
    return { ...this.page(this.items.slice(-50)), token: 'token-' + this.visitor, expires_at: '2099-01-01T00:00:00Z', visitor_id: this.visitor, settings }
  }

  override async send(_: string, events: OutEvent[]): Promise<Result[]> {
    await this.answer()
    this.told.push(...events)
    return events.flatMap((e) => {
      if (e.type !== 'message') return []
      const known = this.items.find((i) => i.id === e.cid)
      const item = known ?? this.say('customer', e.text)
      item.id = e.cid
      return [{ cid: e.cid, status: known ? 'duplicate' : 'accepted', n: item.n, at: item.at }]
    })
  }

  override async feed(_: string, query: { after: number } | { before: number }): Promise<Page> {
    this.feeds.push(query)
    await this.answer()
    return this.page(this.items.filter((i) => ('after' in query ? i.n > query.after : i.n < query.before)))
  }
}

/** A socket whose other end is the test. */
class Wire {
  handlers = new Map<string, (context: never) => void>()
  state = 'disconnected'
  on = (event: string, handler: (context: never) => void) => void this.handlers.set(event, handler)
  connect = () => {
    this.state = 'connected'
    this.fire('connected', {})
  }
  disconnect = () => this.fire('disconnected', { code: 0 })
  fire(event: string, context: unknown): void {
    this.handlers.get(event)?.(context as never)
  }
  push(data: Push): void {
    this.fire('publication', { data })
  }
}

let server: Server
let shelf: Shelf
let wires: Wire[]

function chatOf(): Chat {
  return new Chat(server, shelf, 'en', () => {
    const wire = new Wire()
    wires.push(wire)
    return wire as unknown as Socket
  })
}

/** Lets everything happen that waits for nothing but answers. */
async function settle(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
}

const texts = (chat: Chat) => chat.view().items.map((i) => i.text)

beforeEach(() => {
  vi.useFakeTimers()
  server = new Server('http://seax.test', 'demo')
  shelf = memoryShelf()
  wires = []
})
afterEach(() => vi.useRealTimers())

describe('the chat', () => {
  it('shows what was said before, and what comes', async () => {
    server.say('bot', 'one')
    const chat = chatOf()
    await chat.start()
    wires[0]!.push({ t: 'item', item: server.say('agent', 'two') })
    expect(texts(chat)).toEqual(['one', 'two'])
  })

  it('fetches what is missing when numbers have a gap', async () => {
    const chat = chatOf()
    await chat.start()
    await settle()
    server.feeds = []
    server.say('agent', 'lost on the way')
    wires[0]!.push({ t: 'item', item: server.say('agent', 'arrived') })
    await settle()
    expect(server.feeds).toEqual([{ after: 0 }])
    expect(texts(chat)).toEqual(['lost on the way', 'arrived'])
  })

  it('fetches what came while there was no socket', async () => {
    const chat = chatOf()
    await chat.start()
    await settle()
    server.say('agent', 'meanwhile')
    wires[0]!.fire('connected', {})
    await settle()
    expect(texts(chat)).toEqual(['meanwhile'])
  })

  it('fetches what was too long to be pushed', async () => {
    const chat = chatOf()
    await chat.start()
    await settle()
    server.say('bot', 'a long story')
    wires[0]!.push({ t: 'resync' })
    await settle()
    expect(texts(chat)).toEqual(['a long story'])
  })

  it('shows a message at once, and once', async () => {
    const chat = chatOf()
    await chat.start()
    chat.say('hello')
    expect(chat.view().drafts.map((d) => d.text)).toEqual(['hello'])
    await settle()
    // The server tells all tabs, this one too.
    wires[0]!.push({ t: 'item', item: server.items[0]! })
    expect(chat.view().drafts).toEqual([])
    expect(texts(chat)).toEqual(['hello'])
  })

  it('keeps what is written while the server is away, says so, and sends it once', async () => {
    const chat = chatOf()
    await chat.start()
    await settle()
    server.down = true
    chat.say('first')
    chat.say('second')
    await settle()
    expect(chat.view().offline).toBe(true)
    expect(chat.view().drafts).toHaveLength(2)
    server.down = false
    await settle(5_000)
    expect(chat.view().offline).toBe(false)
    expect(texts(chat)).toEqual(['first', 'second'])
  })

  it('marks as read only what the visitor has before their eyes', async () => {
    const chat = chatOf()
    await chat.start()
    wires[0]!.push({ t: 'item', item: server.say('agent', 'hello') })
    await settle(1_000)
    expect(server.told).toEqual([{ type: 'delivered', n: 1 }])
    expect(chat.view().unread).toBe(1)
    chat.watch(true)
    await settle(1_000)
    expect(server.told.at(-1)).toEqual({ type: 'read', n: 1 })
    expect(chat.view().unread).toBe(0)
  })

  it('tells of typing, but not with every key', async () => {
    server.say('customer', 'hello')
    const chat = chatOf()
    await chat.start()
    await settle()
    for (let i = 0; i < 5; i++) chat.wrote()
    await settle(4_000)
    chat.wrote()
    await settle()
    expect(server.told.filter((e) => e.type === 'typing')).toHaveLength(2)
  })

  it('shows who is typing until they speak or stop', async () => {
    const chat = chatOf()
    await chat.start()
    wires[0]!.push({ t: 'typing', name: 'Mina' })
    expect(chat.view().typing).toBe('Mina')
    await settle(7_000)
    expect(chat.view().typing).toBeNull()
    wires[0]!.push({ t: 'typing', name: 'Mina' })
    wires[0]!.push({ t: 'item', item: server.say('agent', 'here') })
    expect(chat.view().typing).toBeNull()
  })

  it('asks for a new session when the socket finds the token too old', async () => {
    const chat = chatOf()
    await chat.start()
    await settle()
    wires[0]!.fire('disconnected', { code: 3500 })
    await settle()
    expect(server.sessions).toHaveLength(2)
    expect(server.sessions[1]!.token).toBe('token-v1')
    expect(wires).toHaveLength(2)
  })

  it('forgets the talk when somebody else signs in', async () => {
    server.say('agent', 'for the first only')
    const chat = chatOf()
    await chat.start()
    server.items = []
    server.visitor = 'v2'
    await chat.identify('signed by the shop')
    expect(server.sessions.at(-1)!.identity).toBe('signed by the shop')
    expect(texts(chat)).toEqual([])
  })

  it('says why it cannot be used', async () => {
    server.refuse = new Refused(404, 'not_found')
    const chat = chatOf()
    await chat.start()
    expect(chat.view().refused).toBe('gone')
  })

  it('starts by itself when the server comes back', async () => {
    server.down = true
    const chat = chatOf()
    await chat.start()
    expect(chat.view().settings).toBeNull()
    server.down = false
    await settle(4_000)
    expect(chat.view().settings?.title).toBe('Shop')
  })
})
