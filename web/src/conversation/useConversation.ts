import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { api, call } from '../api/client'
import { keys } from '../api/keys'
import type { Conversation } from '../api/types'
import type { Outgoing } from '../composer/outbox'
import { applyConversation, newer, type ListData } from '../inbox/listCache'
import { useConversationPushes } from '../realtime'
import { useMe } from '../session'
import type { FeedState } from './feed'
import { lastSeq } from './log'
import { useWorkspace } from './workspace'

/** One conversation, from a list's cache at once and from the server as soon as it answers. */
export function useConversation(id: string) {
  const client = useQueryClient()
  return useQuery<Conversation, Error, Conversation, ReturnType<typeof keys.conversation>>({
    queryKey: keys.conversation(id),
    // What was pushed may lack the channel's capabilities.
    staleTime: 0,
    // That the channel's provider is down, or is back, is no event of the conversation.
    refetchInterval: 15_000,
    queryFn: async ({ signal }) => {
      const fetched = await call(api.GET('/conversations/{id}', { params: { path: { id } }, signal }))
      return newer(client.getQueryData<Conversation>(keys.conversation(id)), fetched)
    },
    placeholderData: () => {
      for (const [, data] of client.getQueriesData<ListData>({ queryKey: keys.lists })) {
        for (const page of data?.pages ?? []) {
          const found = page.items.find((item) => item.id === id)
          if (found) return found
        }
      }
      return undefined
    },
  })
}

export type Typing = { from: 'customer' | 'agent'; name?: string | undefined } | null

const typingMs = 6000

/** Keeps an open conversation up to date: its events, its state, and who is typing. */
export function useLiveFeed(id: string, conversation: Conversation | undefined): { feed: FeedState; typing: Typing; loadOlder: () => void; reload: () => void } {
  const client = useQueryClient()
  const me = useMe()
  const { feeds } = useWorkspace()
  const feed = useMemo(() => feeds.get(id), [feeds, id])
  const state = useSyncExternalStore(feed.subscribe, feed.getState)
  const [typing, setTyping] = useState<{ by: Typing; until: number }>({ by: null, until: 0 })

  useEffect(() => void feed.open(), [feed])

  useConversationPushes(
    id,
    (push) => {
      if (push.t === 'event') {
        feed.push(push.event)
        applyConversation(client, me.id, push.conversation)
        if (push.event.kind.endsWith('.message')) setTyping({ by: null, until: 0 })
      } else if (push.t === 'conversation') {
        applyConversation(client, me.id, push.conversation)
      } else if (push.from === 'customer') {
        setTyping({ by: { from: push.from, name: push.name }, until: Date.now() + typingMs })
      }
    },
    () => {
      void feed.catchUp()
      void client.invalidateQueries({ queryKey: keys.conversation(id) })
    },
    conversation?.agent?.id,
  )

  useEffect(() => {
    if (!typing.by) return
    const timer = setTimeout(() => setTyping({ by: null, until: 0 }), typing.until - Date.now())
    return () => clearTimeout(timer)
  }, [typing])

  // A push may tell of the conversation without its event having arrived (no subscription, a lost message).
  const behind = state.status === 'ready' && (conversation?.last_seq ?? 0) > lastSeq(state.log)
  useEffect(() => {
    if (!behind) return
    const timer = setTimeout(() => void feed.catchUp(), 400)
    return () => clearTimeout(timer)
  }, [behind, feed, conversation?.last_seq])

  return { feed: state, typing: typing.by, loadOlder: () => void feed.loadOlder(), reload: () => void feed.open() }
}

/** What I wrote here that is not in the log yet. */
export function useOutgoing(id: string, feed: FeedState): readonly Outgoing[] {
  const { outbox } = useWorkspace()
  const all = useSyncExternalStore(outbox.subscribe, outbox.getMessages)
  const logged = useMemo(() => new Set(feed.log.events.map((event) => event.id)), [feed.log.events])
  const outgoing = useMemo(() => all.filter((message) => message.conversationId === id && !logged.has(message.id)), [all, id, logged])

  useEffect(() => {
    if (feed.status === 'ready') outbox.confirm((messageId) => logged.has(messageId))
  }, [outbox, logged, all, feed.status])

  return outgoing
}
