import { spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from './playwright.config.ts'

/** Starts everything in a folder of its own and on free ports, as "make run" does, once for all tests. */
export default async function start(): Promise<() => Promise<void>> {
  await access(chromium, constants.X_OK).catch(() => {
    throw new Error(`The browser tests need Chromium, which is not at ${chromium}: install it, or set CHROMIUM to where it is.`)
  })
  const folder = await mkdtemp(join(tmpdir(), 'seax-e2e-'))
  const [http, temporal, ui, lab] = (await freePorts(4)).map((port) => `127.0.0.1:${port}`) as [string, string, string, string]
  const program = new URL('../../bin/seax-local', import.meta.url).pathname
  const child = spawn(program, [], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Systems of the tests' own are on this machine.
    env: { ...process.env, SEAX_PRIVATE_NETWORKS: '127.0.0.1/32', SEAX_DATA_DIR: folder, SEAX_HTTP_ADDR: http, SEAX_TEMPORAL_ADDR: temporal, SEAX_TEMPORAL_UI_ADDR: ui, SEAX_LAB_ADDR: lab },
  })
  let said = ''
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    const listen = (part: Buffer) => {
      said += part.toString()
      if (said.includes('Ctrl-C')) resolve()
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`SeaX did not start:\n${said}`)))
  })
  process.env['SEAX_URL'] = `http://${http}`
  process.env['SEAX_LAB_URL'] = `http://${lab}`
  return async () => {
    child.kill('SIGINT')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
}

async function freePorts(n: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: n }, () => new Promise<ReturnType<typeof createServer>>((resolve) => {
      const server = createServer()
      server.listen(0, '127.0.0.1', () => resolve(server))
    })),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
