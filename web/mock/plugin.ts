import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Plugin, PreviewServer, ViteDevServer } from 'vite'
import { Control } from './control.ts'
import { seed } from './fixtures.ts'
import { answer } from './routes.ts'
import { Sockets } from './socket.ts'
import type { Store } from './store.ts'

/** Answers the API and the realtime socket from memory, for development without a backend. */
export function mockServer(): Plugin {
  let store: Store = seed(process.env.SEAX_MOCK_AS ?? 'admin')
  const sockets = new Sockets(() => store)
  store.publish = (channel, data) => sockets.publish(channel, data)
  const control = new Control(sockets, () => store, (next) => {
    // Timers of the state before must reach nobody.
    store.publish = () => undefined
    store = next
    store.publish = (channel, data) => sockets.publish(channel, data)
  })

  const attach = (server: ViteDevServer | PreviewServer) => {
    server.middlewares.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
      const path = request.url ?? '/'
      if (path.startsWith('/mock/')) control.handle(request, response)
      else if (path.startsWith('/api/v1/')) void respond(request, response)
      else next()
    })
    server.httpServer?.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (request.url?.startsWith('/realtime/')) sockets.upgrade(request, socket, head)
    })
  }

  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(request)
    if (control.unreachable()) {
      request.socket.destroy()
      return
    }
    const url = new URL(request.url ?? '/', 'http://mock')
    const result = answer(store, request.method ?? 'GET', url.pathname.slice('/api/v1'.length), url.searchParams, body, request.headers['content-type'] ?? '')
    if (control.dropAnswer()) {
      request.socket.destroy()
      return
    }
    await new Promise((resolve) => setTimeout(resolve, control.latency))
    response.statusCode = result.status
    const problem = result.status >= 400
    response.setHeader('Content-Type', problem ? 'application/problem+json' : 'application/json')
    response.end(result.body === undefined ? undefined : JSON.stringify(result.body))
  }

  return { name: 'seax-mock', configureServer: attach, configurePreviewServer: attach }
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
