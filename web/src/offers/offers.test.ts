import { describe, expect, it } from 'vitest'
import type { Offer } from '../api/types'
import { timeLeft, timeWhole, type HeldOffer } from './offerCache'

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
