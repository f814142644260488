import { describe, expect, it } from 'vitest'
import type { Capabilities } from '../api/types'
import { replyWindow } from './replyWindow'

const now = Date.parse('2026-05-01T12:00:00Z')
const can = (more: Partial<Capabilities>) => more as Capabilities

describe('the reply window', () => {
  it('does not exist where the server names none', () => {
    expect(replyWindow({}, now)).toEqual({ state: 'always' })
  })

  it('counts from the last message', () => {
    const conversation = { last_inbound_at: '2026-04-30T15:12:00Z', reply_until: '2026-05-01T15:12:00Z', capabilities: can({ reply_window_s: 86_400, person_window_s: 86_400 }) }
    expect(replyWindow(conversation, now)).toEqual({ state: 'open', left: (3 * 60 + 12) * 60_000, person: false })
    expect(replyWindow(conversation, Date.parse('2026-05-01T15:12:00Z'))).toEqual({ state: 'closed', never: false, templates: false })
  })

  it('is longer for people on some channels', () => {
    const conversation = { last_inbound_at: '2026-04-29T12:00:00Z', reply_until: '2026-05-06T12:00:00Z', capabilities: can({ reply_window_s: 86_400, person_window_s: 7 * 86_400 }) }
    expect(replyWindow(conversation, now)).toEqual({ state: 'open', left: 5 * 86_400_000, person: true })
  })

  it('is closed for who never wrote, and for who does not want to be written to', () => {
    expect(replyWindow({ reply_until: '2026-05-01T11:00:00Z', capabilities: can({ templates: true }) }, now)).toEqual({ state: 'closed', never: true, templates: true })
    expect(replyWindow({ opted_out: true, reply_until: '2026-05-06T12:00:00Z' }, now)).toEqual({ state: 'opted_out' })
  })
})
