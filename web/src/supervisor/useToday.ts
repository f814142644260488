import { useQuery, useQueryClient } from '@tanstack/react-query'
import { api, call } from '../api/client'
import { keys } from '../api/keys'
import type { Today } from '../api/types'
import { useReconnect, useTodayPushes } from '../realtime'

/** Whichever was taken later: a push may overtake the answer to a request. */
function later(known: Today | undefined, next: Today): Today {
  return known && Date.parse(known.at) > Date.parse(next.at) ? known : next
}

/** The day's numbers: read once, then pushed; read again after the socket was gone, and once a minute, as time passes without events. */
export function useToday() {
  const client = useQueryClient()
  const today = useQuery({
    queryKey: keys.today,
    queryFn: async () => later(client.getQueryData<Today>(keys.today), await call(api.GET('/live/today'))),
    refetchInterval: 60_000,
  })
  useTodayPushes((push) => client.setQueryData<Today>(keys.today, (known) => later(known, push.today)))
  useReconnect(() => void client.invalidateQueries({ queryKey: keys.today }))
  return today
}
