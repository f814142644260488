import { useQuery } from '@tanstack/react-query'
import { api, call } from './client'
import { keys } from './keys'

const minute = 60_000

/** Settings that many screens read; they change rarely. */
export function usePresences() {
  return useQuery({ queryKey: keys.presences, queryFn: async () => (await call(api.GET('/presences'))).items, staleTime: 5 * minute })
}

export function useQueues() {
  return useQuery({ queryKey: keys.queues, queryFn: async () => (await call(api.GET('/queues'))).items, staleTime: 5 * minute })
}

export function useSkills() {
  return useQuery({ queryKey: keys.skills, queryFn: async () => (await call(api.GET('/skills'))).items, staleTime: 5 * minute })
}

export function useCannedReplies() {
  return useQuery({ queryKey: keys.cannedReplies, queryFn: async () => (await call(api.GET('/canned-replies'))).items, staleTime: 5 * minute })
}

/** Who and what a conversation can be handed to; how busy they are changes all the time. */
export function useTargets(enabled = true) {
  return useQuery({ queryKey: keys.targets, queryFn: () => call(api.GET('/targets')), enabled, staleTime: 5000, refetchInterval: enabled ? 10_000 : false })
}
