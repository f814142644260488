import { useQuery, useQueryClient } from '@tanstack/react-query'
import { api, call } from '../api/client'
import { keys } from '../api/keys'
import type { Live } from '../api/types'
import { useQueuesPushes, useReconnect } from '../realtime'

/** Whichever of two states was taken later. A push may overtake the answer to a request. */
function later(known: Live | undefined, next: Live): Live {
  return known && Date.parse(known.at) > Date.parse(next.at) ? known : next
}

/** The live numbers: read once, then pushed; read again after the socket was gone, and once a minute in case it lies. */
export function useLive() {
  const client = useQueryClient()
  const live = useQuery({
    queryKey: keys.live,
    queryFn: async () => later(client.getQueryData<Live>(keys.live), await call(api.GET('/live'))),
    refetchInterval: 60_000,
  })
  useQueuesPushes((push) => client.setQueryData<Live>(keys.live, (known) => later(known, push.live)))
  useReconnect(() => void client.invalidateQueries({ queryKey: keys.live }))
  return live
}
