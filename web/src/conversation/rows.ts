import type { ConversationEvent } from '../api/types'
import type { Outgoing } from '../composer/outbox'
import { foldChanges, isChange, type MessageChanges } from './changes'
import { bodyOf, Choices, isMessage, type MessageBody, type NoteBody } from './bodies'
import type { Answered } from './Quote'

/** What the thread shows, one row each. */
export type Row =
  | { type: 'start'; key: string }
  | { type: 'day'; key: string; at: string }
  | { type: 'message'; key: string; event: ConversationEvent; head: boolean; chosen: string | undefined; changes: MessageChanges | undefined; answered: Answered | undefined }
  | { type: 'note'; key: string; event: ConversationEvent; whisper: boolean }
  | { type: 'status'; key: string; events: ConversationEvent[] }
  | { type: 'outgoing'; key: string; message: Outgoing; head: boolean; answered: Answered | undefined }

/** Said by other events too, or shown as marks on messages. */
const silent = new Set(['delivery.updated', 'delivery.retried', 'reservation.accepted', 'sla.changed', 'routing.abandoned'])

/** Messages of one sender within this time are shown as one block. */
const blockMs = 5 * 60_000

function localDay(at: string): string {
  const date = new Date(at)
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`
}

function sender(event: ConversationEvent): string {
  if (event.kind === 'bot.message') return event.kind
  return `${event.kind} ${event.actor.id ?? event.actor.name ?? ''}`
}

/** Folds events, and what is still on its way, into rows. `complete`: the first event is the conversation's first. */
export function buildRows(events: readonly ConversationEvent[], outgoing: readonly Outgoing[], complete: boolean): Row[] {
  const rows: Row[] = complete && events.length > 0 ? [{ type: 'start', key: 'start' }] : []
  let day = ''
  let block = { sender: '', at: 0 }
  const choices = new Choices()
  const changes = foldChanges(events)
  const answered = (seq: number | undefined): Answered | undefined => {
    if (!seq) return undefined
    // The log has no gaps.
    const event = events[seq - (events[0]?.seq ?? 0)]
    return { event, changes: changes.get(seq) }
  }
  for (const event of events) {
    if (silent.has(event.kind) || isChange(event)) continue
    const today = localDay(event.at)
    if (today !== day) {
      rows.push({ type: 'day', key: `day ${today}`, at: event.at })
      day = today
      block = { sender: '', at: 0 }
    }
    if (isMessage(event)) {
      const at = Date.parse(event.at)
      const head = block.sender !== sender(event) || at - block.at > blockMs
      rows.push({ type: 'message', key: event.id, event, head, chosen: choices.read(event), changes: changes.get(event.seq), answered: answered(bodyOf<MessageBody>(event).reply_to) })
      block = { sender: sender(event), at }
      continue
    }
    block = { sender: '', at: 0 }
    if (event.kind === 'agent.note') {
      rows.push({ type: 'note', key: event.id, event, whisper: bodyOf<NoteBody>(event).whisper === true })
      continue
    }
    const last = rows.at(-1)
    if (last?.type === 'status') last.events.push(event)
    else rows.push({ type: 'status', key: `status ${event.seq}`, events: [event] })
  }
  outgoing.forEach((message, index) => rows.push({ type: 'outgoing', key: message.id, message, head: index === 0, answered: answered(message.replyTo) }))
  return rows
}
