import type { Attachment, ConversationEvent } from '../api/types'
import { bodyOf } from './bodies'

export type Change = 'edit' | 'delete' | 'react'
export type Reaction = { side: 'customer' | 'ours'; emoji: string; name: string }

/** What happened to a message after it was written. */
export type MessageChanges = {
  /** How it reads now, if that has changed. */
  readonly text?: string
  readonly deleted?: boolean
  readonly reactions: readonly Reaction[]
  /** Files that have come after their message, or that will not. */
  readonly files?: readonly Attachment[]
  /** The provider has been asked for this and has not answered. */
  readonly pending?: Change
  failed?: { what: Change; error: string; code: string | undefined }
}

type ChangeBody = { message_seq?: number; request_seq?: number; what?: Change; text?: string; emoji?: string; error?: string; code?: string; attachment?: Attachment }

const kinds = new Set(['message.edited', 'message.deleted', 'message.reaction', 'attachment.updated', 'change.requested', 'change.failed'])

/** Whether an event is shown as a mark on the message it is about. */
export function isChange(event: ConversationEvent): boolean {
  return kinds.has(event.kind)
}

/** Folds edits, deletions and reactions, by the seq of the message they are about. */
export function foldChanges(events: readonly ConversationEvent[]): ReadonlyMap<number, MessageChanges> {
  const changes = new Map<number, MessageChanges>()
  const open = new Map<number, { seq: number; what: Change }>()
  for (const event of events) {
    if (!isChange(event)) continue
    const body = bodyOf<ChangeBody>(event)
    const seq = body.message_seq
    if (seq === undefined) continue
    if (event.kind === 'change.requested') open.set(event.seq, { seq, what: body.what ?? 'edit' })
    else if (body.request_seq) open.delete(body.request_seq)
    changes.set(seq, next(changes.get(seq) ?? { reactions: [] }, event, body))
  }
  for (const { seq, what } of open.values()) {
    const now = changes.get(seq)
    if (now && !now.deleted) changes.set(seq, { ...now, pending: what })
  }
  return changes
}

function next(before: MessageChanges, event: ConversationEvent, body: ChangeBody): MessageChanges {
  // A failure is told until the next try.
  const now = { ...before }
  delete now.failed
  switch (event.kind) {
    case 'message.edited':
      return { ...now, text: body.text ?? '' }
    case 'message.deleted':
      return { deleted: true, reactions: [] }
    case 'message.reaction': {
      const side = event.actor.kind === 'customer' ? 'customer' : 'ours'
      const others = now.reactions.filter((one) => one.side !== side)
      return { ...now, reactions: body.emoji ? [...others, { side, emoji: body.emoji, name: event.actor.name ?? '' }] : others }
    }
    case 'attachment.updated':
      return body.attachment ? { ...before, files: [...(before.files ?? []), body.attachment] } : before
    case 'change.failed':
      return { ...now, failed: { what: body.what ?? 'edit', error: body.error ?? '', code: body.code } }
    default:
      return now
  }
}
