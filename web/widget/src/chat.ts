import { Centrifuge } from 'centrifuge'
import { Api, Refused, Unreached } from './api.ts'
import { Credentials } from './credentials.ts'
import { Feed } from './feed.ts'
import { Outbox, type Draft } from './outbox.ts'
import type { Shelf } from './shelf.ts'
import type { Attachment, Item, Locale, OutEvent, Push, Session, Settings, State } from './types.ts'

/** What the screen shows, made anew with every change. */
export type View = {
  /** None until the server has answered for the first time. */
  settings: Settings | null
  items: Item[]
  /** Not acknowledged yet, in order; they come after the items. */
  drafts: Draft[]
  state: State
  /** Up to which of the visitor's messages an agent has read. */
  readN: number
  unread: number
  /** Who is typing: a name, '' for somebody without one, null for nobody. */
  typing: string | null
  earlier: boolean
  /** What is written waits: no network, or the server does not answer. */
  offline: boolean
  /** The chat cannot be used here, and why. */
  refused: 'gone' | 'forbidden' | 'identity' | null
}

/** A UUID; pages that are not secure have no randomUUID. */
function newId(): string {
  if ('randomUUID' in crypto) return crypto.randomUUID()
  const b = (crypto as Crypto).getRandomValues(new Uint8Array(16))
  b[6] = (b[6]! & 0x0f) | 0x40
  b[8] = (b[8]! & 0x3f) | 0x80
  const hex = [...b].map((x) => x.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** How long somebody counts as typing after the last sign of it. Agents' clients send one every 3 s. */
const typingLasts = 6_000
/** Signs of the visitor's typing are sent at most this often. */
const typingEvery = 3_000
/** Marks are collected for this long. */
const marksWait = 300
/** Without a socket the feed is asked for news this often while the chat is open. */
const pollEvery = 5_000
/** A lost connection is worth a banner only when it does not come back by itself. */
const bannerAfter = 2_500
/** What centrifuge's server says to a token it does not know or that is too old. */
const invalidToken = 3500

/** What the chat needs of a centrifuge client. */
export type Socket = Pick<Centrifuge, 'on' | 'connect' | 'disconnect' | 'state'>

function openSocket(url: string, getToken: () => Promise<string>): Socket {
  return new Centrifuge(url, { getToken, minReconnectDelay: 300, maxReconnectDelay: 10_000 })
}

/**
 * The visitor's side of a conversation: what was said, what is on its way, who is there. It holds what the screen shows and
 * nothing of how; the screen subscribes.
 */
export class Chat {
  private readonly feed = new Feed()
  private readonly credentials: Credentials
  private readonly outbox: Outbox
  private socket: Socket | null = null
  private settings: Settings | null = null
  private state: State = { phase: 'none' }
  private readN = 0
  private typing: { name: string; timer: number } | null = null
  private lastTyping = 0
  private marks = { delivered: 0, read: 0 }
  private marked = { delivered: 0, read: 0 }
  private marksTimer: number | null = null
  private fetching: Promise<void> | null = null
  private again = false
  private loadingEarlier = false
  private banner: number | null = null
  private unreached = false
  private offline = false
  private refused: View['refused'] = null
  private watching = false
  private started: Promise<void> | null = null
  private retry: number | null = null
  private readonly listeners = new Set<() => void>()
  private current: View | null = null

  constructor(
    private readonly api: Api,
    private readonly shelf: Shelf,
    readonly locale: Locale,
    private readonly socketTo: typeof openSocket = openSocket,
  ) {
    const prefix = `seax:${api.channel}:`
    this.credentials = new Credentials(shelf, prefix + 'visitor', (r) => api.session(r), (s, before) => this.granted(s, before))
    this.credentials.locale = locale
    this.outbox = new Outbox(
      shelf,
      prefix + 'out:',
      (drafts) => this.send(drafts),
      (done) => this.acknowledged(done),
    )
    window.addEventListener('storage', (e) => e.key?.startsWith(prefix) && this.changed())
    window.addEventListener('online', () => this.back())
    window.addEventListener('offline', () => this.lost())
  }

  // What the screen asks -------------------------------------------------------------------------------------------------

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  view = (): View => {
    this.current ??= {
      settings: this.settings,
      items: this.feed.items,
      drafts: this.outbox.list().filter((d) => !this.feed.has(d.cid)),
      state: this.state,
      readN: this.readN,
      unread: this.feed.items.filter((i) => i.from.kind !== 'customer' && i.n > this.seenN).length,
      typing: this.typing?.name ?? null,
      earlier: this.feed.earlier,
      offline: this.offline,
      refused: this.refused,
    }
    return this.current
  }

  /** Whether this browser has talked here before, so that answers may be waiting. */
  get known(): boolean {
    return this.credentials.visitor !== null
  }

  /** Connects; from then on the view stays up to date. Tries again by itself until it succeeds. */
  start(): Promise<void> {
    this.started ??= this.begin()
    return this.started
  }

  /** Whether the visitor has the chat before their eyes; then what comes is marked as read. */
  watch(on: boolean): void {
    this.watching = on
    if (on) this.markRead()
  }

  say(text: string, attachments: Attachment[] = [], choice?: string): void {
    const draft: Omit<Draft, 'order'> = { cid: newId(), text, at: new Date().toISOString() }
    if (attachments.length > 0) draft.attachments = attachments
    if (choice !== undefined) draft.choice = choice
    this.lastTyping = 0
    this.outbox.add(draft)
  }

  resend(cid: string): void {
    this.outbox.retry(cid)
  }

  discard(cid: string): void {
    this.outbox.discard(cid)
  }

  /** The visitor is writing. */
  wrote(): void {
    const now = Date.now()
    if (now - this.lastTyping < typingEvery || this.state.phase === 'none' || this.state.phase === 'closed') return
    this.lastTyping = now
    void this.tell([{ type: 'typing' }])
  }

  upload(file: File, progress: (share: number) => void, signal: AbortSignal): Promise<Attachment> {
    return this.credentials.with((token) => this.api.upload(token, file, progress, signal))
  }

  link(url: string): string {
    return this.api.link(url)
  }

  async earlier(): Promise<void> {
    if (this.loadingEarlier || !this.feed.earlier) return
    this.loadingEarlier = true
    try {
      const page = await this.credentials.with((token) => this.api.feed(token, { before: this.feed.firstN }))
      this.feed.prepend(page.items)
      this.changed()
    } catch {
      // Scrolling up again asks again.
    } finally {
      this.loadingEarlier = false
    }
  }

  /** Says who the visitor is, as the business has signed it; '' for nobody (signed out): what was said here is forgotten. */
  async identify(token: string): Promise<void> {
    if (token === '') {
      this.credentials.forget()
      this.forgetTalk()
      this.outbox.clear()
      this.disconnect()
      this.started = null
      this.changed()
      return
    }
    this.credentials.identity = token
    this.refused = null
    if (this.started === null) return this.start()
    await this.credentials.renew().catch((e: unknown) => this.failed(e))
  }

  // Sessions -------------------------------------------------------------------------------------------------------------

  private async begin(): Promise<void> {
    try {
      await this.credentials.renew()
    } catch (e) {
      this.failed(e)
      return
    }
    this.connect()
    void this.outbox.flush()
  }

  /** What follows when no session could be had: a word to the visitor, or another try. */
  private failed(e: unknown): void {
    if (e instanceof Refused && !(e.temporary && e.status !== 401)) {
      this.refused = e.status === 404 ? 'gone' : e.status === 401 ? 'identity' : 'forbidden'
      this.changed()
      return
    }
    this.lost()
    this.tryAgain(e instanceof Refused ? e.retryAfter * 1000 : 0)
  }

  private tryAgain(ms: number): void {
    if (this.retry !== null) return
    this.retry = window.setTimeout(() => {
      this.retry = null
      this.started = null
      void this.start()
    }, ms || 3_000)
  }

  private granted(session: Session, before: string | null): void {
    if (before !== null && before !== session.visitor_id) {
      this.forgetTalk()
      this.outbox.clear()
      this.reconnect()
    }
    this.refused = null
    this.settings = session.settings
    this.feed.start(session.items, session.last_n)
    this.state = session.state
    this.readN = session.read_n ?? 0
    this.found()
    this.received()
  }

  private forgetTalk(): void {
    this.feed.clear()
    this.state = { phase: 'none' }
    this.readN = 0
    this.marked = { delivered: 0, read: 0 }
    this.marks = { delivered: 0, read: 0 }
    this.stopTyping()
  }

  // The socket -----------------------------------------------------------------------------------------------------------

  private connect(): void {
    if (this.socket !== null) return
    const socket = this.socketTo(this.api.socket, () => this.credentials.token())
    this.socket = socket
    socket.on('connected', () => {
      this.found()
      // What came while there was no socket.
      this.fetch()
      void this.outbox.flush()
    })
    socket.on('connecting', () => this.lost())
    socket.on('disconnected', ({ code }) => {
      if (this.socket !== socket) return
      this.disconnect()
      if (code !== invalidToken) return
      this.credentials.renew().then(
        () => this.connect(),
        (e: unknown) => this.failed(e),
      )
    })
    socket.on('publication', ({ data }) => this.take(data as Push))
    socket.connect()
    this.poll()
  }

  private disconnect(): void {
    const socket = this.socket
    this.socket = null
    socket?.disconnect()
  }

  private reconnect(): void {
    if (this.socket === null) return
    this.disconnect()
    // The new token is stored when this call is done.
    queueMicrotask(() => this.connect())
  }

  /** Some networks let no sockets through; then the feed is asked. */
  private poll(): void {
    const socket = this.socket
    window.setTimeout(() => {
      if (this.socket !== socket || socket === null) return
      if (socket.state !== 'connected' && this.watching && navigator.onLine) this.fetch()
      this.poll()
    }, pollEvery)
  }

  private take(push: Push): void {
    switch (push.t) {
      case 'item':
        this.feed.add([push.item])
        if (push.item.from.kind !== 'customer') this.stopTyping()
        if (this.feed.gap) this.fetch()
        this.received()
        return
      case 'resync':
        this.fetch()
        return
      case 'typing':
        this.stopTyping()
        this.typing = { name: push.name ?? '', timer: window.setTimeout(() => this.stopTyping(), typingLasts) }
        break
      case 'read':
        this.readN = Math.max(this.readN, push.n ?? 0)
        break
      case 'state':
        this.state = push.state
        if (push.state.phase !== 'assigned') this.stopTyping()
    }
    this.changed()
  }

  private stopTyping(): void {
    if (this.typing === null) return
    window.clearTimeout(this.typing.timer)
    this.typing = null
    this.changed()
  }

  /** Fetches what is behind the last message without a gap; one call at a time. */
  private fetch(): void {
    if (this.fetching !== null) {
      this.again = true
      return
    }
    this.fetching = this.fetchAll()
      .catch((e: unknown) => {
        if (e instanceof Unreached) this.lost()
      })
      .finally(() => {
        this.fetching = null
        if (this.again) {
          this.again = false
          this.fetch()
        }
      })
  }

  private async fetchAll(): Promise<void> {
    for (;;) {
      const after = this.feed.last
      const page = await this.credentials.with((token) => this.api.feed(token, { after }))
      this.feed.add(page.items)
      this.state = page.state
      this.readN = Math.max(this.readN, page.read_n ?? 0)
      this.found()
      this.received()
      if (page.items.length === 0 || this.feed.last >= page.last_n || this.feed.last === after) return
    }
  }

  // What goes out --------------------------------------------------------------------------------------------------------

  private async send(drafts: Draft[]) {
    try {
      const results = await this.credentials.with((token) =>
        this.api.send(
          token,
          drafts.map((d) => {
            const event: OutEvent = { type: 'message', cid: d.cid, text: d.text }
            if (d.attachments) event.attachments = d.attachments.map((a) => a.id)
            if (d.choice !== undefined) event.choice = d.choice
            return event
          }),
        ),
      )
      this.found()
      return results
    } catch (e) {
      if (e instanceof Unreached || (e instanceof Refused && e.status >= 500)) {
        this.unreached = true
        this.lost()
      }
      throw e
    }
  }

  private acknowledged(done: { draft: Draft; result: { n?: number; at?: string } }[]): void {
    this.feed.add(
      done.flatMap(({ draft, result }) => {
        if (!result.n) return []
        const item: Item = { n: result.n, id: draft.cid, from: { kind: 'customer' }, text: draft.text, at: result.at ?? draft.at }
        if (draft.attachments) item.attachments = draft.attachments
        if (draft.choice !== undefined) item.choice = draft.choice
        return [item]
      }),
    )
    if (done.length > 0 && this.state.phase === 'none') this.state = { phase: 'flow' }
    if (this.feed.gap) this.fetch()
    this.changed()
  }

  /** Says something that may get lost. */
  private async tell(events: OutEvent[]): Promise<boolean> {
    try {
      await this.credentials.with((token) => this.api.send(token, events))
      return true
    } catch {
      return false
    }
  }

  private get seenKey(): string {
    return `seax:${this.api.channel}:seen:${this.credentials.visitor ?? ''}`
  }

  /** The newest number the visitor has had before their eyes, in any tab. */
  private get seenN(): number {
    return Number(this.shelf.get(this.seenKey)) || 0
  }

  private received(): void {
    const last = this.lastOther()
    if (last > this.marked.delivered) this.mark('delivered', last)
    if (this.watching) this.markRead()
    this.changed()
  }

  private lastOther(): number {
    return this.feed.items.findLast((i) => i.from.kind !== 'customer')?.n ?? 0
  }

  private markRead(): void {
    const last = this.lastOther()
    if (last > this.marked.read) this.mark('read', last)
    if (last > this.seenN) {
      this.shelf.set(this.seenKey, String(last))
      this.changed()
    }
  }

  private mark(kind: 'delivered' | 'read', n: number): void {
    this.marks[kind] = Math.max(this.marks[kind], n)
    this.marksTimer ??= window.setTimeout(() => void this.sendMarks(), marksWait)
  }

  private async sendMarks(): Promise<void> {
    this.marksTimer = null
    const { delivered, read } = this.marks
    const events: OutEvent[] = []
    if (delivered > Math.max(this.marked.delivered, read)) events.push({ type: 'delivered', n: delivered })
    if (read > this.marked.read) events.push({ type: 'read', n: read })
    // What does not arrive is told with the next mark, or after the next connection.
    if (events.length > 0 && (await this.tell(events))) {
      this.marked = { delivered: Math.max(this.marked.delivered, delivered, read), read: Math.max(this.marked.read, read) }
    }
  }

  // Connection -----------------------------------------------------------------------------------------------------------

  /** Nothing gets through; if that lasts, the banner says so. */
  private lost(): void {
    if (!navigator.onLine || this.unreached) this.show(true)
    else this.banner ??= window.setTimeout(() => this.show(true), bannerAfter)
  }

  private found(): void {
    this.unreached = false
    if (this.banner !== null) window.clearTimeout(this.banner)
    this.banner = null
    if (navigator.onLine) this.show(false)
  }

  private show(offline: boolean): void {
    this.banner = null
    if (this.offline === offline) return
    this.offline = offline
    this.changed()
  }

  private back(): void {
    if (this.started === null) return
    void this.outbox.flush()
    if (this.socket === null) this.tryAgain(1)
    else this.fetch()
  }

  private changed(): void {
    this.current = null
    for (const listener of this.listeners) listener()
  }
}
