import { Centrifuge, State } from 'centrifuge'
import { useEffect, useState } from 'react'
import { api, call } from '../api/client'
import { asApiError } from '../api/errors'
import type { WallboardView } from '../api/types'

/** How often the numbers are fetched: seldom while the socket pushes them, in case it lies; often while it is gone. */
const whileConnected = 60_000
const whileGone = 10_000

/** After how much time without a word from the server the numbers are called old. */
const oldAfter = 20_000

export type WallState = {
  view: WallboardView | undefined
  /** Old: the server cannot be reached. Gone: the token shows nothing any more. */
  state: 'loading' | 'live' | 'old' | 'gone'
  /** When the server was last heard of. */
  heard: number
}

function socketUrl(): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/realtime/wallboard`
}

/** Whichever was taken later. */
function later(known: WallboardView | undefined, next: WallboardView): WallboardView {
  return known && Date.parse(known.at) > Date.parse(next.at) ? known : next
}

/** Keeps what one token shows up to date: pushed over a socket with the token's rights, fetched while there is none. */
export function useWallboard(token: string): WallState {
  const [wall, setWall] = useState<WallState>({ view: undefined, state: 'loading', heard: 0 })

  useEffect(() => {
    let over = false
    let connected = false
    let timer: ReturnType<typeof setTimeout> | undefined
    let heard = 0
    const client = new Centrifuge(socketUrl(), { data: { token }, minReconnectDelay: 500, maxReconnectDelay: 10_000, timeout: 8000 })

    const show = (view: WallboardView) => {
      heard = Date.now()
      setWall((known) => ({ view: later(known.view, view), state: 'live', heard }))
    }
    const end = () => {
      over = true
      clearTimeout(timer)
      client.disconnect()
      setWall({ view: undefined, state: 'gone', heard: Date.now() })
    }
    const read = async () => {
      clearTimeout(timer)
      try {
        const view = await call(api.GET('/wallboard', { params: { header: { 'X-Wallboard-Token': token } } }))
        if (!over) show(view)
      } catch (error) {
        const { status } = asApiError(error)
        if (over) return
        if (status === 404 || status === 400) {
          end()
          return
        }
        if (!connected && Date.now() - heard > oldAfter) setWall((known) => ({ ...known, state: 'old' }))
      }
      if (!over) timer = setTimeout(() => void read(), connected ? whileConnected : whileGone)
    }

    client.on('publication', (context) => {
      const push = context.data as { t: string; wallboard?: WallboardView }
      if (push.t === 'wallboard' && push.wallboard) show(push.wallboard)
    })
    client.on('state', ({ newState }) => {
      const was = connected
      connected = newState === State.Connected
      // Just connected: something may have been missed. Just gone: the other way is tried at once.
      if (connected !== was) void read()
    })
    // The server says for good that the token is none: reading says so too, and ends it.
    client.on('disconnected', () => {
      if (!over) void read()
    })
    client.on('error', () => undefined)
    client.connect()
    void read()
    return () => {
      over = true
      clearTimeout(timer)
      client.disconnect()
    }
  }, [token])

  return wall
}
