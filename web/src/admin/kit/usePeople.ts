import { useQuery } from '@tanstack/react-query'
import { api, call } from '../../api/client'
import { keys } from '../../api/keys'

export function usePeople() {
  return useQuery({ queryKey: keys.people, queryFn: async () => (await call(api.GET('/people'))).items })
}

export function usePlans() {
  return useQuery({ queryKey: keys.plans, queryFn: async () => (await call(api.GET('/plans'))).items })
}

export function useChannels() {
  return useQuery({ queryKey: keys.channels, queryFn: () => call(api.GET('/channels')) })
}
