import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useQueues } from '../api/queries'
import { useLocalText } from '../i18n'
import { removeOffer, timeLeft, type HeldOffer } from './offerCache'

/** The server ends an offer and says so; should that push be lost, the offer goes a little later by itself. */
export function useOfferTimeout(offer: HeldOffer): void {
  const client = useQueryClient()
  useEffect(() => {
    const timer = setTimeout(() => removeOffer(client, offer.id), timeLeft(offer) + 3000)
    return () => clearTimeout(timer)
  }, [client, offer])
}

/** The name of the queue it comes from. */
export function useOfferQueue(offer: HeldOffer): string {
  const local = useLocalText()
  const { data: queues } = useQueues()
  const queue = queues?.find((one) => one.id === offer.queue)
  return queue ? local(queue.name) : offer.queue
}
