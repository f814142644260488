import type { InfiniteData, QueryClient } from '@tanstack/react-query'
import { keys, type ListFilter } from '../api/keys'
import type { Conversation, View } from '../api/types'
import { belongs } from './views'

export type ListPage = { items: Conversation[]; next_cursor?: string }
export type ListData = InfiniteData<ListPage, string | undefined>

/** What a list is sorted by, the smallest first. */
function place(conversation: Conversation, filter: ListFilter): number {
  if (filter.sort === 'due') return conversation.sla?.due_at ? Date.parse(conversation.sla.due_at) : Infinity
  return -Date.parse(conversation.last_message_at ?? conversation.opened_at)
}

function matches(conversation: Conversation, { contact, sla }: ListFilter): boolean {
  const state = conversation.sla?.state
  return (!contact || conversation.contact.id === contact) && (!sla || state === 'breached' || (sla === 'at_risk' && state === 'warned'))
}

/** The newer of two states of one conversation; what lists leave out is kept. */
export function newer(known: Conversation | undefined, pushed: Conversation): Conversation {
  if (!known) return pushed
  const [winner, loser] = known.last_seq > pushed.last_seq ? [known, pushed] : [pushed, known]
  const kept = {
    ...(!winner.capabilities && loser.capabilities ? { capabilities: loser.capabilities } : {}),
    ...(!winner.referral && loser.referral ? { referral: loser.referral } : {}),
  }
  return Object.keys(kept).length === 0 ? winner : { ...winner, ...kept }
}

/** A list after one conversation changed: replaced in place, moved, taken out or put in where it belongs. */
export function patchList(data: ListData, view: View, filter: ListFilter, me: string, pushed: Conversation): ListData {
  const pageIndex = data.pages.findIndex((page) => page.items.some((item) => item.id === pushed.id))
  const known = data.pages[pageIndex]?.items.find((item) => item.id === pushed.id)
  const next = newer(known, pushed)
  if (known === next) return data
  const fits = belongs(next, view, me) && matches(next, filter)
  const byRank = view === 'waiting' && !filter.sort
  if (known && fits && (byRank || place(known, filter) === place(next, filter))) {
    return mapPages(data, (items) => items.map((item) => (item.id === next.id ? next : item)))
  }
  if (!known && (!fits || byRank || isFiltered(filter))) return data
  const without = mapPages(data, (items) => (items.some((item) => item.id === next.id) ? items.filter((item) => item.id !== next.id) : items))
  return fits ? insert(without, next, filter) : without
}

function isFiltered(filter: ListFilter): boolean {
  return Boolean(filter.q ?? filter.queue ?? filter.agent)
}

function mapPages(data: ListData, change: (items: Conversation[]) => Conversation[]): ListData {
  return { ...data, pages: data.pages.map((page) => ({ ...page, items: change(page.items) })) }
}

function insert(data: ListData, conversation: Conversation, filter: ListFilter): ListData {
  const mine = place(conversation, filter)
  for (const [index, page] of data.pages.entries()) {
    const at = page.items.findIndex((item) => place(item, filter) >= mine)
    const last = index === data.pages.length - 1
    if (at === -1 && !(last && page.next_cursor === undefined)) continue
    const items = page.items.toSpliced(at === -1 ? page.items.length : at, 0, conversation)
    return { ...data, pages: data.pages.with(index, { ...page, items }) }
  }
  return data
}

/** Lets every cached list and the open conversation follow a change that was pushed or answered. */
export function applyConversation(client: QueryClient, me: string, conversation: Conversation): void {
  client.setQueryData<Conversation>(keys.conversation(conversation.id), (known) => newer(known, conversation))
  for (const query of client.getQueryCache().findAll({ queryKey: keys.lists })) {
    const [, view, filter] = query.queryKey as ReturnType<typeof keys.list>
    client.setQueryData<ListData>(query.queryKey, (data) => (data ? patchList(data, view, filter, me, conversation) : data))
    // An answer that is under way may be older than this change: ask again.
    if (query.state.data !== undefined && query.state.fetchStatus === 'fetching') void client.invalidateQueries({ queryKey: query.queryKey, exact: true })
  }
}
