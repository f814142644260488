import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, call } from '../api/client'
import { keys } from '../api/keys'
import { usePresences } from '../api/queries'
import type { AgentState, Me, Presence } from '../api/types'
import { useMe } from '../session'
import { useNotify } from '../ui/useNotify'

export type PresenceTone = 'ok' | 'warn' | 'bad' | 'off'

/** Built-in presences the interface knows by id; all others are told apart by whether they offer work. */
export const builtin = { available: 'available', offline: 'offline', notResponding: 'not_responding' } as const

export function toneOf(id: string, presence: Presence | undefined): PresenceTone {
  if (id === builtin.notResponding) return 'bad'
  if (id === builtin.offline) return 'off'
  return presence?.offers_work ? 'ok' : 'warn'
}

/** Puts a pushed or answered routing state where everything reads it from. */
export function useSetAgentState(): (state: AgentState) => void {
  const client = useQueryClient()
  return (state) => client.setQueryData<Me | null>(keys.me, (me) => (me ? { ...me, agent: state } : me))
}

export function usePresence() {
  const me = useMe()
  const { data: presences = [] } = usePresences()
  const setState = useSetAgentState()
  const notify = useNotify()
  const change = useMutation({
    mutationFn: (body: { presence: string; after_conversation?: boolean }) => call(api.PUT('/presence', { body })),
    onSuccess: setState,
    onError: (error) => notify.error(error),
  })
  const find = (id: string | undefined) => presences.find((presence) => presence.id === id)
  const current = find(me.agent.presence)
  return { state: me.agent, presences, current, next: find(me.agent.next_presence), tone: toneOf(me.agent.presence, current), change }
}
