import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useLocation, useNavigate } from 'react-router'
import { api, call } from '../api/client'
import { asApiError } from '../api/errors'
import { keys } from '../api/keys'
import { useText } from '../i18n'
import { offersText } from '../i18n/offers'
import { applyConversation } from '../inbox/listCache'
import { useMe } from '../session'
import { useNotify } from '../ui/useNotify'
import { hold, merge, removeOffer, type HeldOffer } from './offerCache'

/** The offers waiting for my answer; kept by pushes, fetched at start and after reconnects. */
export function useOffers(): HeldOffer[] {
  const client = useQueryClient()
  const { data = [] } = useQuery({
    queryKey: keys.reservations,
    queryFn: async () => {
      const askedAt = performance.now()
      const { items } = await call(api.GET('/reservations'))
      return merge(items.map(hold), client.getQueryData<HeldOffer[]>(keys.reservations) ?? [], askedAt)
    },
    staleTime: Infinity,
    structuralSharing: false,
  })
  return data
}

/** What to say about an offer that is over. */
export function useGoneText(): (state: string | undefined, takenBy: string | undefined) => string {
  const t = useText(offersText)
  return (state, takenBy) => {
    if (takenBy) return t.gone(takenBy)
    if (state === 'timed_out') return t.goneTimedOut
    return state === 'canceled' ? t.goneCanceled : t.goneRescinded
  }
}

export function useAnswer() {
  const client = useQueryClient()
  const me = useMe()
  const navigate = useNavigate()
  const { pathname } = useLocation()
  const notify = useNotify()
  const goneText = useGoneText()

  const failed = (offer: HeldOffer) => (error: Error) => {
    const { code, problem } = asApiError(error)
    if (code === 'offer_gone' || code === 'not_found') {
      removeOffer(client, offer.id)
      notify.info(goneText(problem.state, problem.taken_by), offer.id)
    } else notify.error(error)
  }
  const accept = useMutation({
    mutationFn: (offer: HeldOffer) => call(api.POST('/reservations/{id}/accept', { params: { path: { id: offer.id } } })),
    onSuccess: (conversation, offer) => {
      removeOffer(client, offer.id)
      applyConversation(client, me.id, conversation)
      const target = `/inbox/mine/${conversation.id}`
      if (pathname !== target) void navigate(target)
    },
    onError: (error, offer) => failed(offer)(error),
  })
  const reject = useMutation({
    mutationFn: ({ offer, reason }: { offer: HeldOffer; reason?: string }) =>
      call(api.POST('/reservations/{id}/reject', { params: { path: { id: offer.id } }, body: reason ? { reason } : {} })),
    onSuccess: (_, { offer }) => removeOffer(client, offer.id),
    onError: (error, { offer }) => failed(offer)(error),
  })
  return { accept, reject }
}

export type Answer = ReturnType<typeof useAnswer>

/** My answer to this offer is on its way. */
export function isAnswering({ accept, reject }: Answer, offer: HeldOffer): boolean {
  return (accept.isPending && accept.variables.id === offer.id) || (reject.isPending && reject.variables.offer.id === offer.id)
}
