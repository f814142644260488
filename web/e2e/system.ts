import { expect } from '@playwright/test'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { base, type Office } from './office.ts'

export type Part = { type: string; text?: string; options?: { id: string; label: string }[] }
export type Posted = { type: string; message?: { id: string; thread: { key: string }; parts: Part[] }; target?: { external_id: string }; text?: string; emoji?: string }

/** A system behind a custom channel, of a test's own: it takes what it is posted, and posts what its customers do. */
export class System {
  readonly posted: Posted[] = []
  /** How the next messages are answered instead of well; one each. */
  readonly refusals: { status: number; code?: string; detail?: string }[] = []
  /** Every call fails. */
  down = false
  private events = 0

  private constructor(
    private readonly server: Server,
    readonly channel: string,
    private readonly token: string,
  ) {}

  /** Sets one up with a channel that leads to the office's queue. */
  static async behind(office: Office, channel: string, settings: Record<string, string>): Promise<System> {
    let system: System | undefined
    const server = createServer((request, response) => void system?.answer(request, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/seax`
    const made = await office.api.post('/api/v1/channels', {
      data: { id: channel, kind: 'custom', name: `System ${channel}`, flow: 'assistant', queue: office.queue, enabled: true, settings: { endpoint_url: endpoint, ...settings } },
    })
    expect(made.status(), await made.text()).toBe(201)
    const { setup } = (await made.json()) as { setup: { value: string }[] }
    const token = setup.find((one) => one.value.startsWith('seaxc_'))?.value ?? ''
    system = new System(server, channel, token)
    return system
  }

  close(): void {
    this.server.closeAllConnections()
    this.server.close()
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Posted & { challenge?: string }
    const say = (status: number, answer: object) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer))
    if (this.down) return void say(503, {})
    if (body.type === 'endpoint.verify') return void say(200, { challenge: body.challenge })
    const refusal = body.type === 'message.send' ? this.refusals.shift() : undefined
    if (refusal) return void say(refusal.status, { error: { code: refusal.code, detail: refusal.detail } })
    this.posted.push(body)
    say(200, body.message ? { external_id: `out-${body.message.id}`, status: 'sent' } : {})
  }

  /** What was posted of a type, once there is as much. */
  async gets(type: string, least: number): Promise<Posted[]> {
    await expect.poll(() => this.posted.filter((one) => one.type === type).length, { timeout: 60_000 }).toBeGreaterThanOrEqual(least)
    return this.posted.filter((one) => one.type === type)
  }

  texts(): string[] {
    return this.posted.flatMap((one) => one.message?.parts.map((part) => part.text ?? '') ?? []).filter(Boolean)
  }

  /** Posts what a customer does. */
  async post(event: { type: string; [key: string]: unknown }, customer: string): Promise<void> {
    const body = { event_id: `${this.channel}-${++this.events}`, occurred_at: new Date().toISOString(), thread: { key: customer }, contact: { key: customer, name: customer }, ...event }
    const answer = await fetch(`${base()}/webhooks/custom/${this.channel}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${this.token}` },
      body: JSON.stringify({ events: [body] }),
    })
    expect(answer.status, await answer.text()).toBeLessThan(300)
  }

  async says(customer: string, text: string, id = `in-${++this.events}`): Promise<string> {
    await this.post({ type: 'message.received', message: { external_id: `${this.channel}-${id}`, parts: [{ type: 'text', text }] } }, customer)
    return `${this.channel}-${id}`
  }
}
