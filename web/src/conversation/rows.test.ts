import { describe, expect, it } from 'vitest'
import type { ConversationEvent } from '../api/types'
import type { Outgoing } from '../composer/outbox'
import { buildRows } from './rows'

function event(seq: number, kind: string, at: string, actor: ConversationEvent['actor'] = { kind: 'customer', id: 'k' }): ConversationEvent {
  return { conversation_id: 'c', seq, id: `e${seq}`, kind, actor, body: {}, at }
}

const outgoing: Outgoing = { id: 'mine', conversationId: 'c', kind: 'message', text: 'x', attachments: [], at: 0, state: 'sending' }

describe('rows of a thread', () => {
  it('separates days and joins messages of one sender', () => {
    const rows = buildRows(
      [
        event(1, 'customer.message', '2026-01-01T10:00:00'),
        event(2, 'customer.message', '2026-01-01T10:01:00'),
        event(3, 'agent.message', '2026-01-01T10:02:00', { kind: 'agent', id: 'a' }),
        event(4, 'agent.message', '2026-01-01T10:20:00', { kind: 'agent', id: 'a' }),
        event(5, 'customer.message', '2026-01-02T09:00:00'),
      ],
      [outgoing],
      true,
    )
    expect(rows.map((row) => row.type)).toEqual(['start', 'day', 'message', 'message', 'message', 'message', 'day', 'message', 'outgoing'])
    expect(rows.flatMap((row) => (row.type === 'message' ? [row.head] : []))).toEqual([true, false, true, true, true])
  })

  it('says what a tap on an offered reply meant, and takes flow and bot for one', () => {
    const at = '2026-01-01T10:00:00'
    const rows = buildRows(
      [
        { ...event(1, 'bot.message', at, { kind: 'flow', name: 'support' }), body: { text: 'Which?', options: [{ id: '1', label: 'Delivery' }] } },
        event(2, 'bot.message', at, { kind: 'bot', name: 'Bot' }),
        { ...event(3, 'customer.message', at), body: { choice: '1' } },
        { ...event(4, 'customer.message', at), body: { choice: '1', text: 'Delivery, please' } },
        { ...event(5, 'customer.message', at), body: { choice: 'gone' } },
      ],
      [],
      false,
    )
    expect(rows.flatMap((row) => (row.type === 'message' ? [row.chosen] : []))).toEqual([undefined, undefined, 'Delivery', undefined, 'gone'])
    expect(rows.flatMap((row) => (row.type === 'message' ? [row.head] : []))).toEqual([true, false, true, false, false])
  })

  it('folds status events in a row and leaves out what marks say', () => {
    const at = '2026-01-01T10:00:00'
    const rows = buildRows(
      [event(1, 'conversation.opened', at), event(2, 'routing.requested', at), event(3, 'reservation.accepted', at), event(4, 'agent.note', at), event(5, 'delivery.updated', at), event(6, 'conversation.closed', at)],
      [],
      false,
    )
    expect(rows.map((row) => (row.type === 'status' ? row.events.map((one) => one.seq) : row.type))).toEqual(['day', [1, 2], 'note', [6]])
  })

  it('shows what a message answers, as far as it is loaded', () => {
    const at = '2026-01-01T10:00:00'
    const rows = buildRows(
      [
        event(7, 'customer.message', at),
        { ...event(8, 'message.edited', at), body: { message_seq: 7, text: 'now' } },
        { ...event(9, 'customer.message', at), body: { text: 'x', reply_to: 7 } },
        { ...event(10, 'customer.message', at), body: { text: 'x', reply_to: 3 } },
      ],
      [{ ...outgoing, replyTo: 9 }],
      false,
    )
    const answered = rows.flatMap((row) => (row.type === 'message' || row.type === 'outgoing' ? [row.answered && [row.answered.event?.seq, row.answered.changes?.text]] : []))
    expect(answered).toEqual([undefined, [7, 'now'], [undefined, undefined], [9, undefined]])
  })

  it('gives every row a key of its own that stays when more is loaded', () => {
    const all = Array.from({ length: 40 }, (_, index) => event(index + 1, index % 3 === 0 ? 'conversation.updated' : 'customer.message', `2026-01-0${1 + Math.floor(index / 10)}T10:00:00`))
    const part = buildRows(all.slice(20), [outgoing], false)
    const whole = buildRows(all, [outgoing], true)
    expect(new Set(whole.map((row) => row.key)).size).toBe(whole.length)
    const keys = new Set(whole.map((row) => row.key))
    expect(part.filter((row) => row.type === 'message').every((row) => keys.has(row.key))).toBe(true)
  })
})
