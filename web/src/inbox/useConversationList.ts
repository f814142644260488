import { useInfiniteQuery } from '@tanstack/react-query'
import { api, call } from '../api/client'
import { keys, type ListFilter } from '../api/keys'
import type { Conversation, View } from '../api/types'
import type { ListData, ListPage } from './listCache'

const pageSize = 50

/** Views that nothing is pushed for are asked for again while somebody looks at them. */
function refreshEvery(view: View): number | false {
  if (view === 'mine') return 60_000
  return view === 'closed' ? false : 15_000
}

/** One view's conversations, page by page; `mine` follows pushes. */
export function useConversationList(view: View, filter: ListFilter = {}, enabled = true) {
  const query = useInfiniteQuery<ListPage, Error, ListData, ReturnType<typeof keys.list>, string | undefined>({
    queryKey: keys.list(view, filter),
    queryFn: ({ pageParam, signal }) =>
      call(api.GET('/conversations', { params: { query: { view, ...filter, limit: pageSize, ...(pageParam ? { cursor: pageParam } : {}) } }, signal })),
    initialPageParam: undefined,
    getNextPageParam: (page) => page.next_cursor,
    enabled,
    refetchInterval: (current) => ((current.state.data?.pages.length ?? 0) > 3 ? false : refreshEvery(view)),
  })
  const items: Conversation[] = unique(query.data?.pages.flatMap((page) => page.items) ?? [])
  return { ...query, items }
}

/** A conversation that moved between two pages while they were fetched is shown once. */
function unique(items: Conversation[]): Conversation[] {
  const seen = new Set<string>()
  return items.filter((item) => !seen.has(item.id) && seen.add(item.id))
}
