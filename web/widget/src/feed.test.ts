import { describe, expect, it } from 'vitest'
import { Feed } from './feed.ts'
import type { Item } from './types.ts'

const item = (n: number, text = `m${n}`): Item => ({ n, id: `id${n}`, from: { kind: 'bot' }, text, at: '2026-03-01T00:00:00Z' })
const items = (...ns: number[]) => ns.map((n) => item(n))
const numbers = (feed: Feed) => feed.items.map((i) => i.n)

describe('feed', () => {
  it('starts empty', () => {
    const feed = new Feed()
    feed.start([], 0)
    expect([feed.last, feed.gap, feed.earlier]).toEqual([0, false, false])
    feed.add(items(1))
    expect([feed.last, feed.gap]).toEqual([1, false])
  })

  it('notices a gap and closes it', () => {
    const feed = new Feed()
    feed.start(items(1, 2), 2)
    feed.add(items(5))
    expect([feed.last, feed.gap]).toEqual([2, true])
    feed.add(items(4))
    expect([feed.last, feed.gap]).toEqual([2, true])
    feed.add(items(3))
    expect([feed.last, feed.gap]).toEqual([5, false])
    expect(numbers(feed)).toEqual([1, 2, 3, 4, 5])
  })

  it('shows everything once, whatever comes twice', () => {
    const feed = new Feed()
    feed.start(items(1, 2), 2)
    feed.add(items(2, 1, 2))
    feed.start(items(1, 2), 2)
    expect(numbers(feed)).toEqual([1, 2])
  })

  it('knows that there is more before', () => {
    const feed = new Feed()
    feed.start(items(51, 52), 52)
    expect([feed.earlier, feed.last]).toEqual([true, 52])
    feed.prepend(items(49, 50))
    expect([feed.earlier, feed.firstN]).toEqual([true, 49])
    feed.prepend(Array.from({ length: 48 }, (_, i) => item(i + 1)))
    expect(feed.earlier).toBe(false)
    expect(feed.items).toHaveLength(52)
  })

  it('continues what is here when the session is renewed', () => {
    const feed = new Feed()
    feed.start(items(1, 2, 3), 3)
    feed.start(items(3, 4), 4)
    expect([numbers(feed), feed.last]).toEqual([[1, 2, 3, 4], 4])
  })

  it('starts anew when too much was missed', () => {
    const feed = new Feed()
    feed.start(items(1, 2, 3), 3)
    feed.start(items(90, 91), 91)
    expect([numbers(feed), feed.last, feed.gap, feed.earlier]).toEqual([[90, 91], 91, false, true])
  })

  it('lets the server correct what we made ourselves', () => {
    const feed = new Feed()
    feed.add([{ ...item(1, 'mine'), at: 'a' }])
    feed.add([{ ...item(1, 'mine'), at: 'b' }])
    expect(feed.items[0]?.at).toBe('b')
    expect(feed.has('id1')).toBe(true)
  })
})
