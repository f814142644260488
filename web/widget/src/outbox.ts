import { Refused } from './api.ts'
import type { Shelf } from './shelf.ts'
import type { Attachment, Result } from './types.ts'

/** A message that the server has not acknowledged. Its cid stays the same however often it is sent. */
export type Draft = {
  cid: string
  text: string
  choice?: string
  attachments?: Attachment[]
  at: string
  /** Sorts messages of all tabs. */
  order: number
  /** The server will not have it. */
  failed?: boolean
}

export type Environment = {
  now: () => number
  later: (fn: () => void, ms: number) => number
  cancel: (timer: number) => void
  /** Runs fn while no other tab does. */
  alone: (name: string, fn: () => Promise<void>) => Promise<void>
}

export const browserEnvironment: Environment = {
  now: Date.now,
  later: (fn, ms) => window.setTimeout(fn, ms),
  cancel: (timer) => window.clearTimeout(timer),
  // Locks are there on secure pages only; without, two tabs may send the same message, which the server drops by its cid.
  alone: async (name, fn) => {
    const locks = navigator.locks as LockManager | undefined
    await (locks ? locks.request(name, fn) : fn())
  },
}

/** How many messages one request carries. */
const batch = 20
const firstWait = 1_000
const longestWait = 30_000

/**
 * Messages on their way, in storage until the server has acknowledged them, in order. Each has a key of its own, so that tabs
 * never overwrite each other's.
 */
export class Outbox {
  private running: Promise<void> | null = null
  private timer: number | null = null
  private wait = firstWait
  private lastOrder = 0

  constructor(
    private readonly shelf: Shelf,
    private readonly prefix: string,
    private readonly send: (drafts: Draft[]) => Promise<Result[]>,
    private readonly changed: (acknowledged: { draft: Draft; result: Result }[]) => void,
    private readonly env: Environment = browserEnvironment,
  ) {}

  list(): Draft[] {
    const all: Draft[] = []
    for (const key of this.shelf.keys(this.prefix)) {
      try {
        all.push(JSON.parse(this.shelf.get(key) ?? '') as Draft)
      } catch {
        // Just removed by another tab.
      }
    }
    return all.sort((a, b) => a.order - b.order)
  }

  private put(draft: Draft): void {
    this.shelf.set(this.prefix + draft.cid, JSON.stringify(draft))
  }

  add(draft: Omit<Draft, 'order'>): void {
    this.lastOrder = Math.max(this.env.now(), this.lastOrder + 1)
    this.put({ ...draft, order: this.lastOrder })
    this.changed([])
    void this.flush()
  }

  discard(cid: string): void {
    this.shelf.remove(this.prefix + cid)
    this.changed([])
  }

  retry(cid: string): void {
    const found = this.list().find((d) => d.cid === cid)
    if (!found) return
    const { failed: _, ...again } = found
    this.put(again)
    this.changed([])
    void this.flush()
  }

  clear(): void {
    for (const key of this.shelf.keys(this.prefix)) this.shelf.remove(key)
    this.changed([])
  }

  /** Sends what is waiting, now. Resolves when nothing is left or it has to wait for better times. */
  flush(): Promise<void> {
    if (this.timer !== null) this.env.cancel(this.timer)
    this.timer = null
    this.running ??= this.env
      .alone(this.prefix, () => this.drain())
      .catch(() => this.retryLater(0))
      .finally(() => {
        this.running = null
        // What came while we were about to stop.
        if (this.timer === null && this.list().some((d) => !d.failed)) void this.flush()
      })
    return this.running
  }

  private async drain(): Promise<void> {
    let size = batch
    for (;;) {
      const drafts = this.list().filter((d) => !d.failed).slice(0, size)
      const head = drafts[0]
      if (!head) return
      try {
        const results = await this.send(drafts)
        this.wait = firstWait
        for (const draft of drafts) this.shelf.remove(this.prefix + draft.cid)
        this.changed(drafts.map((draft) => ({ draft, result: results.find((r) => r.cid === draft.cid) ?? { cid: draft.cid, status: 'accepted' } })))
      } catch (e) {
        if (!(e instanceof Refused) || e.temporary) {
          this.retryLater(e instanceof Refused ? e.retryAfter * 1000 : 0)
          return
        }
        if (drafts.length > 1) {
          // One of them is the culprit; one by one it shows which.
          size = 1
          continue
        }
        this.put({ ...head, failed: true })
        this.changed([])
      }
    }
  }

  private retryLater(asked: number): void {
    const ms = asked || this.wait
    this.wait = Math.min(this.wait * 2, longestWait)
    this.timer = this.env.later(() => {
      this.timer = null
      void this.flush()
    }, ms)
  }
}
