import type { AgentState, Conversation, ConversationEvent, Live, Offer, Today } from '../api/types'

/** Pushes of `agent:<me>`. */
export type AgentPush =
  | { t: 'conversation'; conversation: Conversation }
  | { t: 'offer'; offer: Offer }
  | { t: 'offer_ended'; reservation_id: string; conversation_id: string; state: string; taken_by?: string }
  | { t: 'state'; state: AgentState }

/** Pushes of `conversation:<id>`. */
export type ConversationPush =
  | { t: 'event'; event: ConversationEvent; conversation: Conversation }
  /** It changed without an event: somebody read it, say. */
  | { t: 'conversation'; conversation: Conversation }
  | { t: 'typing'; from: 'customer' | 'agent'; name?: string }

/** Pushes of `queues`. */
export type QueuesPush = { t: 'live'; live: Live }

/** Pushes of `today`. */
export type TodayPush = { t: 'today'; today: Today }

export type ConnectionState = 'connecting' | 'connected' | 'lost'
