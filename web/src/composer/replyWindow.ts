import type { Conversation } from '../api/types'

type Reached = Pick<Conversation, 'reply_until' | 'last_inbound_at' | 'opted_out' | 'capabilities'>

export type ReplyWindow =
  /** Nothing stands in the way, ever. */
  | { state: 'always' }
  /** For so many milliseconds; person: the bot may not write any more. */
  | { state: 'open'; left: number; person: boolean }
  /** never: they have not written at all. templates: those may still be sent. */
  | { state: 'closed'; never: boolean; templates: boolean }
  | { state: 'opted_out' }

/** Whether the customer may be written to freely. */
export function replyWindow({ reply_until, last_inbound_at, opted_out, capabilities }: Reached, now: number): ReplyWindow {
  if (opted_out) return { state: 'opted_out' }
  if (!reply_until) return { state: 'always' }
  const left = Date.parse(reply_until) - now
  if (!last_inbound_at || left <= 0) return { state: 'closed', never: !last_inbound_at, templates: capabilities?.templates ?? false }
  const bots = Date.parse(last_inbound_at) + (capabilities?.reply_window_s ?? 0) * 1000
  return { state: 'open', left, person: bots <= now }
}
