import { describe, expect, it } from 'vitest'
import type { Offer } from '../api/types'
import { QueryClient } from '@tanstack/react-query'
import { merge, removeOffer, timeLeft, timeWhole, type HeldOffer } from './offerCache'

const offer = { created_at: '2026-01-01T10:00:00Z', server_now: '2026-01-01T10:00:05Z', deadline: '2026-01-01T10:00:20Z' } as Offer

describe('time to answer an offer', () => {
  it('follows the server, whatever the clock here says', () => {
    const held: HeldOffer = { ...offer, receivedAt: 1000 }
    expect(timeLeft(held, 1000)).toBe(15_000)
    expect(timeLeft(held, 5000)).toBe(11_000)
    expect(timeLeft(held, 99_000)).toBe(0)
    expect(timeWhole(offer)).toBe(20_000)
  })
})

describe('offers fetched while pushes come', () => {
  const held = (id: string, receivedAt: number) => ({ ...offer, id, receivedAt }) as HeldOffer
  it('keeps what was pushed after asking, once', () => {
    expect(merge([held('a', 20)], [held('a', 15), held('b', 16), held('old', 5)], 10).map(({ id }) => id)).toEqual(['a', 'b'])
  })
  it('does not bring back what ended meanwhile', () => {
    removeOffer(new QueryClient(), 'gone')
    expect(merge([held('gone', 20), held('c', 20)], [], 10).map(({ id }) => id)).toEqual(['c'])
  })
})
