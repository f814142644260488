import type { Attachment, ConversationEvent, SlaClock } from '../api/types'

/** Bodies of events as declared in internal/conversation/event.go, read with care: a field may be missing. */
export type PersonBody = { id?: string; name?: string }
export type MessageBody = {
  text?: string
  /** Of a file that is not there, state and error say why. */
  attachments?: (Attachment & { state?: string; error?: string; code?: string })[]
  email?: EmailBody
  unsupported?: { type?: string }
  options?: { id: string; label: string }[]
  choice?: string
  article?: { id: string; title: string }
  code?: string
  /** The seq of the message it answers. */
  reply_to?: number
  location?: LocationBody
  cards?: CardBody[]
  /** What led the customer here, in the provider's words. */
  referral?: Record<string, string>
}
export type LocationBody = { latitude: number; longitude: number; name?: string; address?: string }
export type CardBody = { name: string; phones?: string[]; emails?: string[] }
export type EmailBody = { from?: string; subject?: string; html?: string; quoted?: string; to?: string[]; cc?: string[] }
export type NoteBody = { text?: string; whisper?: boolean }
export type DeliveryBody = { event_id?: string; status?: string; error?: string; code?: string }
export type StepBody = { flow?: string; step?: string; detail?: string }
export type StatusBody = {
  agent?: PersonBody
  queue?: string
  reason?: string
  how?: string
  to_queue?: string
  to_agent?: PersonBody
  to_flow?: string
  warm?: boolean
  extended?: boolean
  note?: string
  let_go?: boolean
  state?: string
  until?: string
  deadline?: string
  outcome?: string
  auto?: boolean
  score?: number
  of?: number
  channel?: string
  channel_kind?: string
  name?: string
  return_at?: string
  skills?: Record<string, number>
  attributes?: Record<string, string>
  language?: string
  priority?: number
  target?: SlaClock['target']
  due?: string
  to?: number
  forced?: boolean
} & StepBody

// The caller knows the kind; the type is a promise of the API's contract.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export function bodyOf<T>(event: ConversationEvent): T {
  return event.body as T
}

/** Who said a message, by the side they stand on: what a flow says is the bot's; staff wrote elsewhere than here. */
export type Side = 'customer' | 'agent' | 'staff' | 'bot' | 'system'

export function sideOf(event: ConversationEvent): Side {
  return event.kind.slice(0, event.kind.indexOf('.')) as Side
}

/** Remembers the replies a customer was offered, to say what a tap on one of them meant. */
export class Choices {
  private readonly labels = new Map<string, string>()

  /** The label of what was chosen, where the message has no words of its own. */
  read(event: ConversationEvent): string | undefined {
    const { text, options, choice } = bodyOf<MessageBody>(event)
    for (const option of options ?? []) this.labels.set(option.id, option.label)
    return choice && !text ? (this.labels.get(choice) ?? choice) : undefined
  }
}

const messageKinds = new Set(['customer.message', 'customer.automatic', 'agent.message', 'staff.message', 'bot.message', 'system.message'])

export function isMessage(event: ConversationEvent): boolean {
  return messageKinds.has(event.kind)
}

export function isOutgoing(event: ConversationEvent): boolean {
  return isMessage(event) && sideOf(event) !== 'customer'
}
