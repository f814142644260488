import type { Capabilities, ConversationEvent } from '../api/types'
import { bodyOf, sideOf, type MessageBody } from './bodies'
import type { MessageChanges } from './changes'

/** What somebody may do with the messages of a conversation, and on whose channel. */
export type MessageActs = {
  can: Pick<Capabilities, 'replies' | 'reactions' | 'edits' | 'deletes'>
  /** May take back what others of ours have written. */
  supervisor: boolean
  /** Has the composer answer this very message. */
  answer: (event: ConversationEvent) => void
  retry: (eventId: string) => void
  confirm: (eventId: string) => void
  edit: (eventId: string, text: string) => void
  remove: (eventId: string) => void
  react: (eventId: string, emoji: string) => void
}

type Possible = { answer: boolean; react: boolean; edit: boolean; remove: boolean; any: boolean }

const there = new Set(['sent', 'delivered', 'read', 'unconfirmed'])

/** What can be done with a message; the server decides by the same rules. */
export function canChange(event: ConversationEvent, changes: MessageChanges | undefined, { can, supervisor }: Pick<MessageActs, 'can' | 'supervisor'>, meId: string): Possible {
  const side = sideOf(event)
  const sent = side !== 'customer' && there.has(event.delivery?.status ?? '')
  const mine = event.kind === 'agent.message' && event.actor.id === meId
  const body = bodyOf<MessageBody & { template?: unknown }>(event)
  const plain = !body.attachments?.length && !body.options?.length && !body.template
  const free = !changes?.deleted && !changes?.pending
  const answer = !changes?.deleted && can.replies && (event.kind === 'customer.message' || side === 'staff' || (sent && event.delivery?.status !== 'unconfirmed'))
  const react = free && can.reactions && (side === 'customer' || sent)
  const edit = free && can.edits && mine && sent && plain
  const remove = free && can.deletes && sent && (mine || supervisor)
  return { answer, react, edit, remove, any: answer || react || edit || remove }
}
