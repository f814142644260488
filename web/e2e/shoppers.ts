import { expect, request, type APIRequestContext } from '@playwright/test'
import { createHmac, randomUUID } from 'node:crypto'
import { base, signedIn } from './office.ts'

/** A customer whom the shop knows, who chats without a browser. */
export class Shopper {
  private constructor(
    readonly channel: string,
    private readonly api: APIRequestContext,
    readonly visitor: string,
  ) {}

  static async arrives(channel: string, name: string, email: string, locale = 'en', phone?: string): Promise<Shopper> {
    const admin = await signedIn('leo@seax.demo')
    const { items } = (await (await admin.get('/api/v1/channels')).json()) as { items: { id: string; identity_secret: string }[] }
    const secret = items.find((one) => one.id === channel)!.identity_secret
    const api = await request.newContext({ baseURL: base() })
    const identity = sign({ sub: `C-${randomUUID()}`, name, email, ...(phone ? { phone } : {}), exp: Math.floor(Date.now() / 1000) + 3600 }, secret)
    const answer = await api.post(`/webchat/${channel}/session`, { data: { locale, identity } })
    expect(answer.status(), await answer.text()).toBe(200)
    const { token, visitor_id } = (await answer.json()) as { token: string; visitor_id: string }
    return new Shopper(channel, await request.newContext({ baseURL: base(), extraHTTPHeaders: { Authorization: `Bearer ${token}` } }), visitor_id)
  }

  async say(text: string): Promise<void> {
    const answer = await this.api.post(`/webhooks/webchat/${this.channel}`, { data: { events: [{ type: 'message', cid: randomUUID(), text }] } })
    expect(answer.status(), await answer.text()).toBe(202)
  }
}

/** A JSON web token as a shop's server makes it. */
function sign(claims: object, secret: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}
