import type { Attachment, OutEvent, Page, Result, Session } from './types.ts'

/** The server has answered, and not with what was asked for. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    /** Seconds the server wants us to wait; 0 if it did not say. */
    readonly retryAfter = 0,
  ) {
    super(`${status} ${code}`)
  }

  /** Asking again later may help. */
  get temporary(): boolean {
    return this.status === 429 || this.status >= 500 || this.status === 401 || this.status === 408
  }
}

/** No answer came. */
export class Unreached extends Error {}

const patience = 20_000

type Problem = { code?: string; retry_after?: number }

function refusal(status: number, body: string, header: string | null): Refused {
  let problem: Problem = {}
  try {
    problem = JSON.parse(body) as Problem
  } catch {
    // Something between us and the server has answered.
  }
  return new Refused(status, problem.code ?? 'unknown', Number(header) || problem.retry_after || 0)
}

export type SessionRequest = { token?: string; locale: string; identity?: string; page?: string }

/** The server's HTTP side for one channel. */
export class Api {
  constructor(
    readonly base: string,
    readonly channel: string,
  ) {}

  private async call<T>(path: string, token: string | null, body?: unknown): Promise<T> {
    const headers: Record<string, string> = {}
    if (token) headers['Authorization'] = `Bearer ${token}`
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    let response: Response
    let text: string
    try {
      response = await fetch(this.base + path, {
        method: body === undefined ? 'GET' : 'POST',
        headers,
        body: body === undefined ? null : JSON.stringify(body),
        credentials: 'omit',
        cache: 'no-store',
        signal: AbortSignal.timeout(patience),
      })
      text = await response.text()
    } catch (cause) {
      throw new Unreached('no answer', { cause })
    }
    if (!response.ok) throw refusal(response.status, text, response.headers.get('Retry-After'))
    try {
      return JSON.parse(text) as T
    } catch {
      throw new Refused(502, 'unreadable')
    }
  }

  session(request: SessionRequest): Promise<Session> {
    return this.call(`/webchat/${this.channel}/session`, null, request)
  }

  async send(token: string, events: OutEvent[]): Promise<Result[]> {
    return (await this.call<{ results?: Result[] }>(`/webhooks/webchat/${this.channel}`, token, { events })).results ?? []
  }

  feed(token: string, query: { after: number } | { before: number }): Promise<Page> {
    const [name, n] = Object.entries(query)[0] as [string, number]
    return this.call(`/webchat/${this.channel}/feed?${name}=${n}`, token)
  }

  /** Uploads tell how far they are; only XMLHttpRequest knows. */
  upload(token: string, file: File, progress: (share: number) => void, signal: AbortSignal): Promise<Attachment> {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest()
      request.open('POST', `${this.base}/webchat/${this.channel}/files`)
      request.setRequestHeader('Authorization', `Bearer ${token}`)
      request.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total)
      request.onload = () => {
        if (request.status < 300) resolve(JSON.parse(request.responseText) as Attachment)
        else reject(refusal(request.status, request.responseText, request.getResponseHeader('Retry-After')))
      }
      request.onerror = () => reject(new Unreached())
      request.onabort = () => reject(new Unreached())
      signal.addEventListener('abort', () => request.abort())
      const form = new FormData()
      form.append('file', file, file.name)
      request.send(form)
    })
  }

  /** Links to files come without our host. */
  link(url: string): string {
    return new URL(url, this.base + '/').href
  }

  get socket(): string {
    return this.base.replace(/^http/, 'ws') + '/realtime/visitor'
  }
}
