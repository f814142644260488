import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { keys } from '../api/keys'
import type { Conversation } from '../api/types'
import { isOutgoing } from './bodies'
import type { FeedState } from './feed'

/** Whether messages to the customer wait because of their channel. */
export function isWaiting({ channel }: Conversation): boolean {
  return channel.outage_since !== undefined || channel.paused === true
}

const patience = 6_000
const again = 15_000

/** Nobody tells when a provider goes down or comes back: while a message is long on its way, or the channel known to be down, it is asked. */
export function useChannelWatch(conversation: Conversation, feed: FeedState): void {
  const client = useQueryClient()
  const { id } = conversation
  const waits = isWaiting(conversation)
  const queued = feed.log.events.findLast((event) => isOutgoing(event) && event.delivery?.status === 'queued')?.id
  useEffect(() => {
    if (!queued && !waits) return
    const ask = () => void client.invalidateQueries({ queryKey: keys.conversation(id) })
    const first = setTimeout(ask, patience)
    const timer = setInterval(ask, again)
    return () => {
      clearTimeout(first)
      clearInterval(timer)
    }
  }, [client, id, queued, waits])
}
