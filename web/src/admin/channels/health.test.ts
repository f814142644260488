import { describe, expect, it } from 'vitest'
import { standingOf } from './health'

const counts = { received: 0, sent: 0, failed: 0, waiting: 0, quarantined: 0 }
const at = (minute: number) => new Date(Date.UTC(2026, 10, 27, 12, minute)).toISOString()

describe('how a channel does', () => {
  it.each([
    ['off', { enabled: false, paused: true, health: { ...counts, outage_since: at(1) } }],
    ['outage', { enabled: true, paused: true, health: { ...counts, outage_since: at(1), last_sent_at: at(2) } }],
    ['failing', { enabled: true, paused: true, health: { ...counts, last_error_at: at(3), last_sent_at: at(2), last_inbound_at: at(1) } }],
    ['paused', { enabled: true, paused: true, health: { ...counts, last_error_at: at(3), last_sent_at: at(4) } }],
    ['fine', { enabled: true, paused: false, health: { ...counts, last_error_at: at(3), connected_at: at(4) } }],
    ['quiet', { enabled: true, paused: false, health: counts }],
  ] as const)('%s', (standing, channel) => {
    expect(standingOf(channel)).toBe(standing)
  })
})
