import type { ConversationEvent } from '../api/types'
import { addEvent, addNewer, addOlder, emptyLog, firstSeq, hasGap, lastSeq, startLog, type EventLog } from './log'

export type Page = { items: ConversationEvent[]; more: boolean }
export type FetchPage = (range: { after?: number; before?: number; limit: number }) => Promise<Page>

export type FeedState = {
  readonly log: EventLog
  readonly status: 'empty' | 'loading' | 'ready' | 'failed'
  readonly error: unknown
  readonly loadingOlder: boolean
}

const pageSize = 60
const catchUpSize = 200

/** One conversation's events, kept complete: loads pages, takes pushes in, and fetches whatever is missing between them. */
export class Feed {
  private state: FeedState = { log: emptyLog, status: 'empty', error: undefined, loadingOlder: false }
  private readonly listeners = new Set<() => void>()
  private pushed: ConversationEvent[] = []
  private catchingUp: Promise<void> | undefined
  private again = false

  constructor(private readonly fetchPage: FetchPage) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  readonly getState = (): FeedState => this.state

  /** First time: the newest page. Later: what came since. */
  async open(): Promise<void> {
    if (this.state.status === 'ready') return this.catchUp()
    if (this.state.status === 'loading') return
    this.set({ status: 'loading', error: undefined })
    try {
      const page = await this.fetchPage({ limit: pageSize })
      this.set({ status: 'ready', log: startLog(page.items, page.more, this.pushed) })
      this.pushed = []
      if (hasGap(this.state.log)) await this.catchUp()
    } catch (error) {
      this.set({ status: 'failed', error })
    }
  }

  /** A pushed event, or one that the API answered with. */
  push(event: ConversationEvent): void {
    if (this.state.status !== 'ready') {
      this.pushed.push(event)
      return
    }
    const log = addEvent(this.state.log, event)
    if (log === this.state.log) return
    this.set({ log })
    if (hasGap(log)) void this.catchUp()
  }

  /** Fetches everything after the last known event; a call while one is running makes it run once more. */
  async catchUp(): Promise<void> {
    if (this.state.status !== 'ready') return this.open()
    if (this.catchingUp) {
      this.again = true
      return this.catchingUp
    }
    this.catchingUp = this.run()
    try {
      await this.catchingUp
    } finally {
      this.catchingUp = undefined
    }
  }

  async loadOlder(): Promise<void> {
    const { log, status, loadingOlder } = this.state
    if (status !== 'ready' || loadingOlder || !log.older) return
    this.set({ loadingOlder: true })
    try {
      const page = await this.fetchPage({ before: firstSeq(log), limit: pageSize * 2 })
      this.set({ log: addOlder(this.state.log, page.items, page.more), loadingOlder: false })
    } catch {
      // Scrolling on asks again.
      this.set({ loadingOlder: false })
    }
  }

  private async run(): Promise<void> {
    try {
      do {
        this.again = false
        let more = true
        while (more) {
          const page = await this.fetchPage({ after: lastSeq(this.state.log), limit: catchUpSize })
          const log = addNewer(this.state.log, page.items)
          more = page.more && log !== this.state.log
          if (log !== this.state.log) this.set({ log })
        }
      } while (this.wantsMore())
    } catch {
      // The next push or the reconnect tries again.
    }
  }

  private wantsMore(): boolean {
    return this.again
  }

  private set(change: Partial<FeedState>): void {
    this.state = { ...this.state, ...change }
    for (const listen of this.listeners) listen()
  }
}
