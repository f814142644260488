import { describe, expect, it } from 'vitest'
import type { ConversationEvent } from '../api/types'
import { canChange } from './messageActs'

const event = (kind: string, more: Partial<ConversationEvent> = {}) =>
  ({ conversation_id: 'c', seq: 2, id: 'e', kind, at: '2026-05-01T12:00:00Z', actor: { kind: 'agent', id: 'me' }, body: { text: 'hello' }, delivery: { status: 'sent' }, ...more }) as ConversationEvent

const all = { can: { replies: true, reactions: true, edits: true, deletes: true }, supervisor: false }

describe('what can be done with a message', () => {
  it('is everything with one of mine that was sent', () => {
    expect(canChange(event('agent.message'), undefined, all, 'me')).toEqual({ answer: true, react: true, edit: true, remove: true, any: true })
  })

  it('is only what the channel can', () => {
    expect(canChange(event('agent.message'), undefined, { ...all, can: { replies: false, reactions: false, edits: false, deletes: false } }, 'me').any).toBe(false)
    expect(canChange(event('agent.message'), undefined, { ...all, can: { replies: false, reactions: true, edits: false, deletes: false } }, 'me')).toEqual({ answer: false, react: true, edit: false, remove: false, any: true })
  })

  it('is to answer and react to the customer’s', () => {
    const theirs = event('customer.message', { actor: { kind: 'customer', id: 'x' } })
    delete theirs.delivery
    expect(canChange(theirs, undefined, all, 'me')).toEqual({ answer: true, react: true, edit: false, remove: false, any: true })
  })

  it('is nothing with what has not been sent or was taken back, and little while it is being changed', () => {
    for (const status of ['queued', 'failed'] as const) expect(canChange(event('agent.message', { delivery: { status } }), undefined, all, 'me').any).toBe(false)
    expect(canChange(event('agent.message'), { deleted: true, reactions: [] }, all, 'me').any).toBe(false)
    expect(canChange(event('agent.message'), { pending: 'edit', reactions: [] }, all, 'me')).toEqual({ answer: true, react: false, edit: false, remove: false, any: true })
    expect(canChange(event('agent.message', { delivery: { status: 'unconfirmed' } }), undefined, all, 'me').answer).toBe(false)
    expect(canChange(event('customer.automatic'), undefined, all, 'me').answer).toBe(false)
  })

  it('is less with what others wrote, or with files', () => {
    expect(canChange(event('agent.message', { actor: { kind: 'agent', id: 'other' } }), undefined, all, 'me')).toMatchObject({ edit: false, remove: false })
    expect(canChange(event('bot.message'), undefined, { ...all, supervisor: true }, 'me')).toMatchObject({ edit: false, remove: true })
    expect(canChange(event('agent.message', { body: { text: 'x', attachments: [{ id: 'a' }] } }), undefined, all, 'me')).toMatchObject({ edit: false, remove: true })
  })
})
