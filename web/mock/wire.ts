export type { Conversation, Me } from '../src/api/types'

/** All that bodies of requests may hold; the mock trusts its only client. */
export type NewThings = {
  id?: string
  text?: string
  email?: string
  phone?: string
  password?: string
  current_password?: string
  name?: string
  locale?: string
  presence?: string
  after_conversation?: boolean
  attachments?: string[]
  attributes?: Record<string, string>
  language?: string
  priority?: number
  queue?: string
  agent_id?: string
  note?: string
  let_go?: boolean
  until?: string
  outcome?: string
  other_id?: string
  seq?: number
}
