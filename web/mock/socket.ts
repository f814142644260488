import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Store } from './store.ts'

type Command = { id?: number; connect?: object; subscribe?: { channel: string }; unsubscribe?: { channel: string } }

/** The JSON protocol of centrifuge, as much of it as the client needs. */
export class Sockets {
  private readonly server = new WebSocketServer({ noServer: true })
  private readonly channels = new Map<WebSocket, Set<string>>()
  down = false

  constructor(private readonly store: () => Store) {}

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const person = this.store().session
    if (!person || this.down) {
      socket.destroy()
      return
    }
    this.server.handleUpgrade(request, socket, head, (client) => {
      this.channels.set(client, new Set([`agent:${person}`]))
      client.on('message', (data: Buffer) => {
        for (const line of data.toString().split('\n')) if (line) this.command(client, person, JSON.parse(line) as Command)
      })
      client.on('close', () => this.channels.delete(client))
    })
  }

  private command(client: WebSocket, person: string, command: Command): void {
    const reply = (body: object) => client.send(JSON.stringify({ id: command.id, ...body }))
    if (command.connect) {
      reply({ connect: { client: 'mock', version: 'mock', ping: 25, pong: true, subs: { [`agent:${person}`]: {} } } })
    } else if (command.subscribe) {
      this.channels.get(client)?.add(command.subscribe.channel)
      reply({ subscribe: {} })
    } else if (command.unsubscribe) {
      this.channels.get(client)?.delete(command.unsubscribe.channel)
      reply({ unsubscribe: {} })
    }
  }

  publish(channel: string, data: unknown): void {
    const message = JSON.stringify({ push: { channel, pub: { data } } })
    for (const [client, channels] of this.channels) if (channels.has(channel)) client.send(message)
  }

  /** As if the network were gone. */
  drop(): void {
    for (const client of this.channels.keys()) client.terminate()
  }
}
