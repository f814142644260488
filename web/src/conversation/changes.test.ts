import { describe, expect, it } from 'vitest'
import type { ConversationEvent } from '../api/types'
import { foldChanges } from './changes'

const event = (seq: number, kind: string, body: object, by: 'customer' | 'agent' = 'agent') =>
  ({ conversation_id: 'c', seq, id: `e${seq}`, kind, at: '2026-05-01T12:00:00Z', actor: { kind: by, name: by }, body }) as ConversationEvent

describe('changes of messages', () => {
  it('are pending until the provider has answered', () => {
    const asked = event(5, 'change.requested', { message_seq: 2, what: 'edit', text: 'better' })
    expect(foldChanges([asked]).get(2)).toEqual({ reactions: [], pending: 'edit' })
    expect(foldChanges([asked, event(6, 'message.edited', { message_seq: 2, request_seq: 5, text: 'better' })]).get(2)).toEqual({ reactions: [], text: 'better' })
    expect(foldChanges([asked, event(6, 'change.failed', { message_seq: 2, request_seq: 5, what: 'edit', error: 'Too late.' })]).get(2)).toEqual({ reactions: [], failed: { what: 'edit', error: 'Too late.' } })
  })

  it('forget a failure with the next try', () => {
    const failed = event(6, 'change.failed', { message_seq: 2, request_seq: 5, what: 'react', error: 'No.' })
    expect(foldChanges([failed, event(7, 'change.requested', { message_seq: 2, what: 'react', emoji: '👍' })]).get(2)).toEqual({ reactions: [], pending: 'react' })
  })

  it('come from both sides', () => {
    const theirs = event(5, 'message.reaction', { message_seq: 2, emoji: '❤️' }, 'customer')
    const ours = event(6, 'message.reaction', { message_seq: 2, emoji: '👍' })
    const both = foldChanges([theirs, ours, event(7, 'message.reaction', { message_seq: 2, emoji: '😂' }, 'customer')]).get(2)
    expect(both?.reactions.map((one) => one.side + one.emoji)).toEqual(['ours👍', 'customer😂'])
    expect(foldChanges([ours, event(8, 'message.reaction', { message_seq: 2, emoji: '' })]).get(2)?.reactions).toEqual([])
  })

  it('are files that have come, the newest last', () => {
    const file = (state: string, url?: string) => ({ message_seq: 2, attachment: { id: 'f', name: 'a.png', media_type: 'image/png', size: 3, state, url } })
    const log = [event(5, 'attachment.updated', file('pending'), 'customer'), event(6, 'attachment.updated', file('', '/files/f'), 'customer')]
    expect(foldChanges(log).get(2)?.files?.map((one) => one.url)).toEqual([undefined, '/files/f'])
  })

  it('end with a deletion', () => {
    const log = [event(5, 'message.reaction', { message_seq: 2, emoji: '👍' }), event(6, 'message.edited', { message_seq: 2, text: 'x' }, 'customer'), event(7, 'message.deleted', { message_seq: 2 }, 'customer')]
    expect(foldChanges(log).get(2)).toEqual({ deleted: true, reactions: [] })
  })
})
