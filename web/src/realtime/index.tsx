import { createContext, use, useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from 'react'
import type { Realtime } from './client'
import type { AgentPush, ConnectionState, ConversationPush, QueuesPush, TodayPush } from './types'

export type { AgentPush, ConnectionState, ConversationPush, QueuesPush, TodayPush } from './types'

// The first screen does not wait for the socket's library.
const loadClient = () => import('./client')

const RealtimeContext = createContext<Realtime | null>(null)

export function RealtimeProvider({ agentId, children }: { agentId: string; children: ReactNode }) {
  const [realtime, setRealtime] = useState<Realtime | null>(null)

  useEffect(() => {
    let created: Realtime | undefined
    let over = false
    let again: ReturnType<typeof setTimeout> | undefined
    const start = () => {
      loadClient().then(
        ({ Realtime }) => {
          if (over) return
          created = new Realtime(agentId)
          setRealtime(created)
          created.connect()
        },
        () => {
          if (!over) again = setTimeout(start, 3000)
        },
      )
    }
    start()
    const wake = () => {
      if (document.visibilityState === 'visible') created?.retryNow()
    }
    window.addEventListener('online', wake)
    document.addEventListener('visibilitychange', wake)
    return () => {
      over = true
      clearTimeout(again)
      window.removeEventListener('online', wake)
      document.removeEventListener('visibilitychange', wake)
      created?.close()
    }
  }, [agentId])

  return <RealtimeContext value={realtime}>{children}</RealtimeContext>
}

/** Null until the socket's library is loaded. */
export function useRealtime(): Realtime | null {
  return use(RealtimeContext)
}

const noop = () => undefined

export function useConnection(): ConnectionState {
  const realtime = useRealtime()
  return useSyncExternalStore(realtime?.subscribeState ?? (() => noop), realtime?.getState ?? (() => 'connecting' as const))
}

/** Keeps the newest closure callable from a long-lived subscription. */
function useNewest<T>(value: T): { readonly current: T } {
  const ref = useRef(value)
  useEffect(() => {
    ref.current = value
  })
  return ref
}

/** Listens to pushes for me: conversations, offers, my state. */
export function useAgentPushes(listener: (push: AgentPush) => void): void {
  const realtime = useRealtime()
  const newest = useNewest(listener)
  useEffect(() => realtime?.onAgent((push) => newest.current(push)), [realtime, newest])
}

/** Runs after the socket came back: refetch what may have been missed. */
export function useReconnect(listener: () => void): void {
  const realtime = useRealtime()
  const newest = useNewest(listener)
  useEffect(() => realtime?.onReconnect(() => newest.current()), [realtime, newest])
}

/** Listens to one conversation while mounted. `subscribed` runs on each (re)subscription; a change of `owner` asks again after a refusal. */
export function useConversationPushes(id: string | undefined, listener: (push: ConversationPush) => void, subscribed?: () => void, owner?: string): void {
  const realtime = useRealtime()
  const newest = useNewest({ listener, subscribed })
  useEffect(() => {
    if (!realtime || !id) return
    return realtime.onConversation(id, {
      push: (push) => newest.current.listener(push),
      subscribed: () => newest.current.subscribed?.(),
    })
  }, [realtime, id, newest, owner])
}

/** Supervisors: live numbers, at most twice a second. */
export function useQueuesPushes(listener: (push: QueuesPush) => void, enabled = true): void {
  const realtime = useRealtime()
  const newest = useNewest(listener)
  useEffect(() => {
    if (!realtime || !enabled) return
    return realtime.onQueues({ push: (push) => newest.current(push) })
  }, [realtime, enabled, newest])
}

/** Supervisors: the day's numbers, at most twice a second. */
export function useTodayPushes(listener: (push: TodayPush) => void): void {
  const realtime = useRealtime()
  const newest = useNewest(listener)
  useEffect(() => realtime?.onToday({ push: (push) => newest.current(push) }), [realtime, newest])
}
