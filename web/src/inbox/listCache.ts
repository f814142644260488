import type { InfiniteData, QueryClient } from '@tanstack/react-query'
import { keys } from '../api/keys'
import type { Conversation, View } from '../api/types'
import { belongs } from './views'

export type ListPage = { items: Conversation[]; next_cursor?: string }
export type ListData = InfiniteData<ListPage, string | undefined>
export type ListFilter = { q?: string; contact?: string; queue?: string; agent?: string }

function sortTime(conversation: Conversation): number {
  return Date.parse(conversation.last_message_at ?? conversation.opened_at)
}

/** The newer of two states of one conversation; what lists leave out is kept. */
export function newer(known: Conversation | undefined, pushed: Conversation): Conversation {
  if (!known) return pushed
  const [winner, loser] = known.last_seq > pushed.last_seq ? [known, pushed] : [pushed, known]
  return winner.capabilities || !loser.capabilities ? winner : { ...winner, capabilities: loser.capabilities }
}

/** A list after one conversation changed: replaced in place, moved, taken out or put in where it belongs. */
export function patchList(data: ListData, view: View, filter: ListFilter, me: string, pushed: Conversation): ListData {
  const pageIndex = data.pages.findIndex((page) => page.items.some((item) => item.id === pushed.id))
  const known = data.pages[pageIndex]?.items.find((item) => item.id === pushed.id)
  const next = newer(known, pushed)
  if (known === next) return data
  const fits = belongs(next, view, me) && (!filter.contact || next.contact.id === filter.contact)
  if (known && fits && (view === 'waiting' || sortTime(known) === sortTime(next))) {
    return mapPages(data, (items) => items.map((item) => (item.id === next.id ? next : item)))
  }
  if (!known && (!fits || view === 'waiting' || isFiltered(filter))) return data
  const without = mapPages(data, (items) => (items.some((item) => item.id === next.id) ? items.filter((item) => item.id !== next.id) : items))
  return fits ? insert(without, next) : without
}

function isFiltered(filter: ListFilter): boolean {
  return Boolean(filter.q ?? filter.queue ?? filter.agent)
}

function mapPages(data: ListData, change: (items: Conversation[]) => Conversation[]): ListData {
  return { ...data, pages: data.pages.map((page) => ({ ...page, items: change(page.items) })) }
}

function insert(data: ListData, conversation: Conversation): ListData {
  const time = sortTime(conversation)
  for (const [index, page] of data.pages.entries()) {
    const at = page.items.findIndex((item) => sortTime(item) <= time)
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
