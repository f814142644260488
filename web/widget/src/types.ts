// What travels between the widget and the server; see "Webchat protocol" in docs/ARCHITECTURE.md.

export type Locale = 'en' | 'ko'

export type Attachment = { id: string; name: string; media_type: string; size: number; url?: string }

export type Option = { id: string; label: string }

export type From = { kind: 'customer' | 'agent' | 'bot' | 'system'; name?: string }

export type Item = {
  n: number
  id: string
  from: From
  text?: string
  attachments?: Attachment[]
  options?: Option[]
  article?: { id: string; title: string }
  choice?: string
  /** The id of what it answers. */
  reply_to?: string
  at: string
}

export type State = {
  phase: 'none' | 'flow' | 'queued' | 'offered' | 'assigned' | 'parked' | 'wrapping' | 'closed'
  agent?: string
}

export type Page = { items: Item[]; last_n: number; read_n?: number; state: State }

export type Settings = {
  title: string
  greeting: string
  color: string
  max_text: number
  max_files?: number
  max_file_bytes: number
  file_types: string[] | null
}

export type Session = Page & { token: string; expires_at: string; visitor_id: string; settings: Settings }

export type OutEvent =
  | { type: 'message'; cid: string; text: string; attachments?: string[]; choice?: string }
  | { type: 'typing' }
  | { type: 'delivered' | 'read'; n: number }

export type Result = { cid: string; status: string; n?: number; at?: string }

export type Push =
  | { t: 'item'; item: Item }
  | { t: 'typing'; name?: string }
  | { t: 'read'; at: string; n?: number }
  | { t: 'state'; state: State }
  /** Something was too long to be pushed. */
  | { t: 'resync' }
