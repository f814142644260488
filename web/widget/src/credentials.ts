import { Refused, type SessionRequest } from './api.ts'
import type { Shelf } from './shelf.ts'
import type { Session } from './types.ts'

/** Tokens are renewed when they have less than this left. */
const margin = 5 * 60_000

type Stored = { token: string; expires: number; visitor: string }

/**
 * Who this visitor is: the token, kept for the next visit and shared by the tabs. All that needs it goes through `with`, which
 * renews it when it has expired, once for everybody who waits.
 */
export class Credentials {
  identity = ''
  locale = 'en'
  private renewing: Promise<Session> | null = null

  constructor(
    private readonly shelf: Shelf,
    private readonly key: string,
    private readonly ask: (request: SessionRequest) => Promise<Session>,
    /** Called with every session the server grants. */
    private readonly granted: (session: Session, before: string | null) => void,
    private readonly now: () => number = Date.now,
  ) {}

  private stored(): Stored | null {
    try {
      const found = JSON.parse(this.shelf.get(this.key) ?? 'null') as Stored | null
      return found?.token ? found : null
    } catch {
      return null
    }
  }

  /** The visitor we were last time (or are). */
  get visitor(): string | null {
    return this.stored()?.visitor ?? null
  }

  /** Asks the server for a session: a renewed token, and how things stand. */
  renew(): Promise<Session> {
    this.renewing ??= this.start().finally(() => (this.renewing = null))
    return this.renewing
  }

  private async start(): Promise<Session> {
    const before = this.stored()
    const request: SessionRequest = { locale: this.locale, page: location.origin + location.pathname }
    if (before) request.token = before.token
    if (this.identity) request.identity = this.identity
    const session = await this.ask(request)
    this.shelf.set(this.key, JSON.stringify({ token: session.token, expires: Date.parse(session.expires_at), visitor: session.visitor_id }))
    this.granted(session, before?.visitor ?? null)
    return session
  }

  /** A token that is good for a while. */
  async token(): Promise<string> {
    const have = this.stored()
    if (have && have.expires - this.now() > margin) return have.token
    return (await this.renew()).token
  }

  /** Does something with a token; if the server finds it too old, once more with a new one. */
  async with<T>(fn: (token: string) => Promise<T>): Promise<T> {
    const token = await this.token()
    try {
      return await fn(token)
    } catch (e) {
      if (!(e instanceof Refused) || e.status !== 401) throw e
      // Another tab, or another call, may have renewed it already.
      const other = this.stored()
      return fn(other && other.token !== token ? other.token : (await this.renew()).token)
    }
  }

  /** From now on we are somebody else; renew finds out who. */
  forget(): void {
    this.identity = ''
    this.shelf.remove(this.key)
  }
}
