import { asApiError } from '../api/errors'
import type { Attachment, Problem, TemplateFilled } from '../api/types'
import { readStored, writeStored } from '../lib/storage'

export type Outgoing = {
  /** Made here; the server knows a repeated one as the same message. */
  readonly id: string
  readonly conversationId: string
  readonly kind: 'message' | 'note'
  readonly text: string
  readonly attachments: readonly Attachment[]
  /** Replies to choose from. */
  readonly options?: readonly string[]
  /** What the text was made of; the server makes it anew. */
  readonly template?: TemplateFilled
  /** The seq of the message it answers. */
  readonly replyTo?: number
  readonly at: number
  /** waiting: the network failed, it is sent again by itself. failed: the server refused it. sent: logged, not seen in the log yet. */
  readonly state: 'sending' | 'waiting' | 'failed' | 'sent'
  readonly problem?: Problem
}

export type NewOutgoing = Omit<Outgoing, 'at' | 'state' | 'problem'>
type Send = (message: Outgoing) => Promise<void>

const backoff = [1000, 2000, 4000, 8000, 15_000]

/**
 * What this agent wrote and the server has not logged yet. Per conversation one at a time, in order; after a failure of
 * the network the same message goes again under the same id, also after a reload.
 */
export class Outbox {
  private messages: readonly Outgoing[] = []
  private readonly listeners = new Set<() => void>()
  private readonly busy = new Set<string>()
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>()
  private readonly attempts = new Map<string, number>()

  constructor(
    private readonly storageKey: string,
    private readonly send: Send,
  ) {
    this.messages = restore(storageKey)
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  readonly getMessages = (): readonly Outgoing[] => this.messages

  add(message: NewOutgoing): void {
    if (this.messages.some((other) => other.id === message.id)) return
    this.set([...this.messages, { ...message, at: Date.now(), state: 'sending' }])
    void this.work(message.conversationId)
  }

  /** Tries what waits at once: the network is back. */
  kick(): void {
    for (const id of new Set(this.messages.map((message) => message.conversationId))) {
      clearTimeout(this.timers.get(id))
      void this.work(id)
    }
  }

  retry(id: string): void {
    const message = this.messages.find((other) => other.id === id)
    if (message?.state !== 'failed') return
    this.change(id, { state: 'sending' })
    void this.work(message.conversationId)
  }

  discard(id: string): void {
    this.set(this.messages.filter((message) => message.id !== id))
  }

  /** These are in the log now. */
  confirm(seen: (id: string) => boolean): void {
    if (this.messages.some((message) => seen(message.id))) this.set(this.messages.filter((message) => !seen(message.id)))
  }

  private async work(conversationId: string): Promise<void> {
    if (this.busy.has(conversationId)) return
    this.busy.add(conversationId)
    try {
      for (;;) {
        const next = this.messages.find((message) => message.conversationId === conversationId && (message.state === 'sending' || message.state === 'waiting'))
        if (!next || !(await this.attempt(next))) return
      }
    } finally {
      this.busy.delete(conversationId)
    }
  }

  private async attempt(message: Outgoing): Promise<boolean> {
    try {
      await this.send(message)
      this.attempts.delete(message.id)
      this.change(message.id, { state: 'sent' })
      return true
    } catch (error) {
      const failure = asApiError(error)
      if (!failure.temporary && failure.status !== 401) {
        this.change(message.id, { state: 'failed', problem: failure.problem })
        return true
      }
      const attempt = this.attempts.get(message.id) ?? 0
      this.attempts.set(message.id, attempt + 1)
      this.change(message.id, { state: 'waiting' })
      const wait = failure.problem.retry_after ? failure.problem.retry_after * 1000 : (backoff[Math.min(attempt, backoff.length - 1)] ?? 15_000)
      clearTimeout(this.timers.get(message.conversationId))
      this.timers.set(
        message.conversationId,
        setTimeout(() => void this.work(message.conversationId), wait),
      )
      return false
    }
  }

  private change(id: string, change: Partial<Outgoing>): void {
    this.set(this.messages.map((message) => (message.id === id ? { ...message, ...change } : message)))
  }

  private set(messages: readonly Outgoing[]): void {
    this.messages = messages
    const unsent = messages.filter((message) => message.state !== 'sent')
    writeStored(this.storageKey, unsent.length > 0 ? JSON.stringify(unsent) : null)
    for (const listen of this.listeners) listen()
  }
}

function restore(key: string): Outgoing[] {
  try {
    const stored = JSON.parse(readStored(key) ?? '[]') as Outgoing[]
    return Array.isArray(stored) ? stored.map((message) => (message.state === 'sending' ? { ...message, state: 'waiting' } : message)) : []
  } catch {
    return []
  }
}
