import { describe, expect, it, vi } from 'vitest'
import type { ConversationEvent } from '../api/types'
import { Feed, type Page } from './feed'
import { lastSeq } from './log'

function event(seq: number): ConversationEvent {
  return { conversation_id: 'c', seq, id: `e${seq}`, kind: 'customer.message', actor: { kind: 'customer' }, body: {}, at: '2026-01-01T00:00:00Z' }
}

/** A server with a log of so many events. */
function server(count: number) {
  const log = Array.from({ length: count }, (_, index) => event(index + 1))
  const fetchPage = vi.fn(({ after, before, limit }: { after?: number; before?: number; limit: number }): Promise<Page> => {
    if (after !== undefined) {
      const found = log.filter((one) => one.seq > after)
      return Promise.resolve({ items: found.slice(0, limit), more: found.length > limit })
    }
    const found = log.filter((one) => before === undefined || one.seq < before)
    return Promise.resolve({ items: found.slice(-limit), more: found.length > limit })
  })
  const add = () => {
    const next = event(log.length + 1)
    log.push(next)
    return next
  }
  return { add, fetchPage }
}

const seqs = (feed: Feed) => feed.getState().log.events.map((one) => one.seq)
const settled = () => new Promise((resolve) => setTimeout(resolve, 0))

describe('feed', () => {
  it('loads the newest page and older ones on demand, without holes', async () => {
    const { fetchPage } = server(300)
    const feed = new Feed(fetchPage)
    await feed.open()
    expect(seqs(feed)[0]).toBe(241)
    await feed.loadOlder()
    expect(seqs(feed)[0]).toBe(121)
    expect(new Set(seqs(feed)).size).toBe(180)
    await feed.loadOlder()
    expect(seqs(feed)[0]).toBe(1)
    expect(feed.getState().log.older).toBe(false)
  })

  it('fetches what a lost push left out', async () => {
    const { fetchPage, add } = server(3)
    const feed = new Feed(fetchPage)
    await feed.open()
    add()
    feed.push(add())
    await settled()
    expect(seqs(feed)).toEqual([1, 2, 3, 4, 5])
  })

  it('catches up after a long absence, page by page', async () => {
    const { fetchPage, add } = server(3)
    const feed = new Feed(fetchPage)
    await feed.open()
    for (let n = 0; n < 500; n++) add()
    await feed.catchUp()
    expect(lastSeq(feed.getState().log)).toBe(503)
    expect(seqs(feed)).toEqual(Array.from({ length: 503 }, (_, index) => index + 1))
  })

  it('keeps pushes that arrive while the first page is under way', async () => {
    const { fetchPage, add } = server(2)
    const feed = new Feed(fetchPage)
    const opening = feed.open()
    feed.push(add())
    await opening
    expect(seqs(feed)).toEqual([1, 2, 3])
  })

  it('can be opened again after a failure', async () => {
    const { fetchPage } = server(2)
    fetchPage.mockRejectedValueOnce(new Error('down'))
    const feed = new Feed(fetchPage)
    await feed.open()
    expect(feed.getState().status).toBe('failed')
    await feed.open()
    expect(seqs(feed)).toEqual([1, 2])
  })
})
