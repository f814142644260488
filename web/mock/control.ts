import type { IncomingMessage, ServerResponse } from 'node:http'
import { seed } from './fixtures.ts'
import type { Sockets } from './socket.ts'
import type { Store } from './store.ts'

const photo = `<svg xmlns="http://www.w3.org/2000/svg" width="960" height="640" viewBox="0 0 960 640"><rect width="960" height="640" fill="#b8cdd0"/><rect y="430" width="960" height="210" fill="#8a6f52"/><ellipse cx="480" cy="430" rx="210" ry="36" fill="#5b6f74"/><path d="M300 420c0-150 70-220 180-220s180 70 180 220z" fill="#e9eef0"/><rect x="440" y="168" width="80" height="36" rx="18" fill="#2a373d"/><path d="M390 262l64 26-20 18 70 22" stroke="#c2453a" stroke-width="7" fill="none"/></svg>`

/** What tests and developers do to the mock from outside: `POST /mock/offer`, `/mock/message?text=…`, `/mock/offline?on=1` … */
export class Control {
  latency = 15
  private offline = false
  private loseAnswers = 0

  constructor(
    private readonly sockets: Sockets,
    private readonly store: () => Store,
    private readonly replace: (store: Store) => void,
  ) {}

  unreachable(): boolean {
    return this.offline
  }

  /** The request was worked on, but its answer gets lost. */
  dropAnswer(): boolean {
    if (this.loseAnswers === 0) return false
    this.loseAnswers--
    return true
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://mock')
    if (url.pathname === '/mock/photo.svg') {
      response.setHeader('Content-Type', 'image/svg+xml')
      response.end(photo)
      return
    }
    const result = this.run(url.pathname.slice('/mock/'.length), url.searchParams)
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(result ?? {}))
  }

  private run(command: string, query: URLSearchParams): unknown {
    const store = this.store()
    const id = query.get('id') ?? [...store.conversations.keys()][0] ?? ''
    switch (command) {
      case 'reset':
        this.offline = false
        this.sockets.down = false
        this.latency = Number(query.get('latency') ?? 15)
        this.replace(seed(query.get('as') ?? 'admin'))
        this.sockets.drop()
        return { ok: true }
      case 'offer': {
        const waiting = [...store.conversations.values()].filter((c) => c.phase === 'queued')
        const chosen = query.get('id') ?? waiting[0]?.id
        return chosen ? store.offer(chosen, Number(query.get('seconds') ?? 45)) : undefined
      }
      case 'take-offer': {
        const offer = store.offers[0]
        if (offer) store.endOffer(offer.id, 'rescinded', 'Ana Lopez')
        return offer
      }
      case 'message':
        return store.append(id, 'customer.message', { kind: 'customer', name: store.conversation(id).contact.name }, { text: query.get('text') ?? 'Hello?' })
      case 'typing':
        this.sockets.publish(`conversation:${id}`, { t: 'typing', from: 'customer' })
        return undefined
      case 'offline':
        this.offline = query.get('on') === '1'
        this.sockets.down = this.offline
        if (this.offline) this.sockets.drop()
        return undefined
      case 'lose-answers':
        this.loseAnswers = Number(query.get('n') ?? 1)
        return undefined
      case 'silent-message':
        // Logged, but the push is lost: the next one shows a gap.
        return store.append(id, 'customer.message', { kind: 'customer' }, { text: query.get('text') ?? 'lost push' }, { quiet: true })
      case 'log':
        return store.log(id)
      case 'not-responding': {
        const me = store.me()
        if (me) {
          me.state.presence = 'not_responding'
          store.pushState(me)
        }
        return undefined
      }
      default:
        return { error: `no command ${command}` }
    }
  }
}
