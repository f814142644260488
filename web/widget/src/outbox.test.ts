import { beforeEach, describe, expect, it } from 'vitest'
import { Refused, Unreached } from './api.ts'
import { Outbox, type Draft, type Environment } from './outbox.ts'
import { memoryShelf, type Shelf } from './shelf.ts'
import type { Result } from './types.ts'

/** A server that keeps what it took, once per cid. */
class Server {
  taken: string[] = []
  requests = 0
  next: ((drafts: Draft[]) => Promise<Result[]> | undefined)[] = []

  send = async (drafts: Draft[]): Promise<Result[]> => {
    this.requests++
    await Promise.resolve()
    const special = this.next.shift()?.(drafts)
    if (special) return special
    return this.take(drafts)
  }

  take(drafts: Draft[]): Result[] {
    return drafts.map((d) => {
      const known = this.taken.includes(d.text)
      if (!known) this.taken.push(d.text)
      return { cid: d.cid, status: known ? 'duplicate' : 'accepted', n: this.taken.indexOf(d.text) + 1 }
    })
  }
}

let shelf: Shelf
let server: Server
let now: number
let timers: { fn: () => void; ms: number }[]
let env: Environment

beforeEach(() => {
  shelf = memoryShelf()
  server = new Server()
  now = 1_000
  timers = []
  let queue = Promise.resolve()
  env = {
    now: () => now,
    later: (fn, ms) => timers.push({ fn, ms }),
    cancel: () => undefined,
    alone: (_, fn) => (queue = queue.then(fn)),
  }
})

const open = (acknowledged: string[] = []) =>
  new Outbox(shelf, 'out:', server.send, (done) => acknowledged.push(...done.map((d) => `${d.draft.text}=${d.result.n}`)), env)

let made = 0
const draft = (text: string) => ({ cid: `c${made++}`, text, at: '2026-03-01T00:00:00Z' })

async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}

async function fire(): Promise<number> {
  const timer = timers.shift()
  timer?.fn()
  await settle()
  return timer?.ms ?? -1
}

describe('outbox', () => {
  it('sends in order and forgets what was acknowledged', async () => {
    const done: string[] = []
    const box = open(done)
    for (const text of ['one', 'two', 'three']) box.add(draft(text))
    await settle()
    expect(server.taken).toEqual(['one', 'two', 'three'])
    expect(done).toEqual(['one=1', 'two=2', 'three=3'])
    expect(box.list()).toEqual([])
    expect(shelf.keys('out:')).toEqual([])
  })

  it('keeps what was typed offline, over a reload, in order', async () => {
    server.next = Array.from({ length: 3 }, () => () => Promise.reject(new Unreached()))
    const box = open()
    for (const text of ['one', 'two', 'three']) box.add(draft(text))
    await settle()
    expect(server.taken).toEqual([])
    server.next = []
    const afterReload = open()
    expect(afterReload.list().map((d) => d.text)).toEqual(['one', 'two', 'three'])
    await afterReload.flush()
    expect(server.taken).toEqual(['one', 'two', 'three'])
  })

  it('sends the same cid again when the answer was lost', async () => {
    const done: string[] = []
    server.next.push((drafts) => {
      server.take(drafts)
      return Promise.reject(new Unreached())
    })
    const box = open(done)
    box.add(draft('once'))
    await settle()
    expect(box.list()).toHaveLength(1)
    await fire()
    expect(server.taken).toEqual(['once'])
    expect(done).toEqual(['once=1'])
  })

  it('waits longer each time, and as long as the server asks', async () => {
    server.next = [
      () => Promise.reject(new Unreached()),
      () => Promise.reject(new Refused(503, 'unavailable')),
      () => Promise.reject(new Refused(429, 'throttled', 7)),
      () => Promise.reject(new Refused(500, 'internal')),
    ]
    open().add(draft('patient'))
    await settle()
    expect([await fire(), await fire(), await fire(), await fire()]).toEqual([1000, 2000, 7000, 8000])
    expect(server.taken).toEqual(['patient'])
  })

  it('finds the one message the server will not have and sends the others', async () => {
    const refuse = (drafts: Draft[]) => (drafts.some((d) => d.text === 'bad') ? Promise.reject(new Refused(400, 'invalid')) : undefined)
    server.next = Array.from({ length: 10 }, () => refuse)
    const box = open()
    // All three are there before the first request is made.
    for (const text of ['one', 'bad', 'two']) shelf.set(`out:${text}`, JSON.stringify({ ...draft(text), cid: text, order: ++now }))
    await box.flush()
    expect(server.taken).toEqual(['one', 'two'])
    expect(box.list().map((d) => [d.text, d.failed])).toEqual([['bad', true]])
    server.next = []
    box.retry('bad')
    await settle()
    expect(server.taken).toEqual(['one', 'two', 'bad'])
  })

  it('lets two tabs share it without sending anything twice', async () => {
    const first = open()
    const second = open()
    for (let i = 0; i < 5; i++) {
      now += 10
      first.add(draft(`first ${i}`))
      now += 10
      second.add(draft(`second ${i}`))
    }
    await settle()
    expect(server.taken).toHaveLength(10)
    expect(server.taken).toEqual(Array.from({ length: 5 }, (_, i) => [`first ${i}`, `second ${i}`]).flat())
    expect(first.list()).toEqual([])
  })

  it('sends a long queue in several requests', async () => {
    for (let i = 0; i < 45; i++) shelf.set(`out:${i}`, JSON.stringify({ ...draft(`m${i}`), cid: `${i}`, order: i }))
    await open().flush()
    expect(server.taken).toEqual(Array.from({ length: 45 }, (_, i) => `m${i}`))
    expect(server.requests).toBe(3)
  })

  it('survives rubbish in storage', async () => {
    shelf.set('out:x', '{')
    const box = open()
    box.add(draft('fine'))
    await settle()
    expect(server.taken).toEqual(['fine'])
  })
})
