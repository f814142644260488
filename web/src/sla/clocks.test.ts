import { describe, expect, it } from 'vitest'
import type { Sla, SlaClock } from '../api/types'
import { headline, readClock, readings, refreshEvery } from './clocks'

const now = Date.parse('2026-03-02T12:00:00Z')
const at = (minutes: number) => new Date(now + minutes * 60_000).toISOString()

function clock(change: Partial<SlaClock> = {}): SlaClock {
  return { target: 'first_reply', state: 'ok', started_at: at(-2), target_s: 600, left_s: 480, warn_at: at(6), due_at: at(8), ...change }
}

describe('readClock', () => {
  it('tells what is left', () => {
    expect(readClock(clock(), now)).toMatchObject({ state: 'ok', left: 480_000, share: 0.8 })
  })
  it('turns by itself when its time comes', () => {
    expect(readClock(clock(), now + 6 * 60_000).state).toBe('warned')
    expect(readClock(clock(), now + 8 * 60_000)).toMatchObject({ state: 'breached', left: 0, share: 0 })
    expect(readClock(clock(), now + 11 * 60_000)).toMatchObject({ state: 'breached', left: -180_000, share: 0 })
  })
  it('keeps what the server says of the past', () => {
    expect(readClock(clock({ state: 'warned' }), now).state).toBe('warned')
    expect(readClock(clock({ state: 'breached', due_at: at(-1) }), now).state).toBe('breached')
  })
  it('stands still while paused', () => {
    const paused: SlaClock = { target: 'resolution', state: 'paused', started_at: at(-60), target_s: 7200, left_s: 3600 }
    expect(readClock(paused, now)).toMatchObject({ state: 'paused', left: 3_600_000, share: 0.5 })
    expect(readClock(paused, now + 999_999)).toMatchObject({ state: 'paused', left: 3_600_000 })
  })
  it('shows a full ring when the time until then is longer than what was promised', () => {
    expect(readClock(clock({ due_at: at(900) }), now).share).toBe(1)
  })
})

describe('headline', () => {
  const sla = (...clocks: SlaClock[]): Sla => ({ state: 'ok', clocks })
  it('is the answer the customer waits for, even if the end is due sooner', () => {
    expect(headline(sla(clock({ target: 'resolution', due_at: at(1) }), clock({ target: 'next_reply' })), now)?.clock.target).toBe('next_reply')
  })
  it('is what runs rather than what stands', () => {
    const standing: SlaClock = { target: 'first_reply', state: 'paused', started_at: at(-2), target_s: 600, left_s: 480 }
    expect(readings(sla(standing, clock({ target: 'resolution' })), now).map((r) => r.clock.target)).toEqual(['resolution', 'first_reply'])
    expect(headline(sla(), now)).toBeUndefined()
  })
})

it('looks more often near the end', () => {
  expect([refreshEvery(30_000), refreshEvery(-30_000), refreshEvery(3_000_000), refreshEvery(undefined)]).toEqual([1000, 1000, 10_000, 10_000])
})
