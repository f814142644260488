import { useQueryClient } from '@tanstack/react-query'
import { keys } from '../api/keys'
import { applyConversation } from '../inbox/listCache'
import { addOffer, removeOffer } from '../offers/offerCache'
import { useGoneText } from '../offers/useOffers'
import { useAgentPushes, useReconnect } from '../realtime'
import { useMe } from '../session'
import { useNotify } from '../ui/useNotify'
import { useSetAgentState } from './usePresence'

/** Carries pushes into the caches everything reads from, and fetches after a reconnect what may have been missed. */
export function LiveUpdates() {
  const client = useQueryClient()
  const me = useMe()
  const notify = useNotify()
  const goneText = useGoneText()
  const setState = useSetAgentState()

  useAgentPushes((push) => {
    switch (push.t) {
      case 'conversation':
        applyConversation(client, me.id, push.conversation)
        break
      case 'offer':
        addOffer(client, push.offer)
        break
      case 'offer_ended':
        removeOffer(client, push.reservation_id)
        if (push.state === 'rescinded' || push.state === 'canceled' || push.state === 'timed_out') notify.info(goneText(push.state, push.taken_by), push.reservation_id)
        break
      case 'state':
        setState(push.state)
        break
    }
  })

  useReconnect(() => {
    for (const queryKey of [keys.me, keys.reservations, keys.lists, ['conversation'], keys.live]) void client.invalidateQueries({ queryKey })
  })

  return null
}
