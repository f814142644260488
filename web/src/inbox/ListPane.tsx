import { Button, CloseButton, Loader, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconInbox, IconSearch } from '@tabler/icons-react'
import { lazy, Suspense, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { useActions } from '../app/actions'
import type { View } from '../api/types'
import { builtin, usePresence } from '../app/usePresence'
import { useLocalText, useText } from '../i18n'
import { commonText } from '../i18n/common'
import { inboxText } from '../i18n/inbox'
import { shellText } from '../i18n/shell'
import { SortByDue } from '../sla/SortByDue'
import { useSortByDue } from '../sla/useSortByDue'
import { EmptyState } from '../ui/EmptyState'
import { useLayout } from '../ui/useLayout'
import { ConversationList } from './ConversationList'
import classes from './Inbox.module.css'
import { useConversationList } from './useConversationList'

const ViewMenu = lazy(() => import('./ViewMenu'))

/** One view of the inbox as a list, with search. */
export function ListPane({ view, selected }: { view: View; selected: string | undefined }) {
  const t = useText(inboxText)
  const shell = useText(shellText)
  const common = useText(commonText)
  const layout = useLayout()
  const navigate = useNavigate()
  const searchRef = useRef<HTMLInputElement>(null)
  const [search, setSearch] = useState('')
  const [q] = useDebouncedValue(search.trim(), 250)
  const due = useSortByDue()
  const list = useConversationList(view, { ...(q ? { q } : {}), ...(due.on ? { sort: 'due' as const } : {}) })
  const step = (by: number) => {
    const index = list.items.findIndex((item) => item.id === selected)
    const next = list.items[index === -1 ? (by > 0 ? 0 : list.items.length - 1) : index + by]
    if (next) void navigate(`/inbox/${view}/${next.id}`)
  }
  useActions([
    { id: 'search', label: shell.keys.search, group: 'list', keys: '/', run: () => searchRef.current?.focus() },
    { id: 'next', label: shell.keys.next, group: 'list', keys: 'j', palette: false, run: () => step(1) },
    { id: 'previous', label: shell.keys.previous, group: 'list', keys: 'k', palette: false, run: () => step(-1) },
    { id: 'next-alt', label: shell.keys.next, group: 'list', keys: 'alt+arrowdown', palette: false, run: () => step(1) },
    { id: 'previous-alt', label: shell.keys.previous, group: 'list', keys: 'alt+arrowup', palette: false, run: () => step(-1) },
  ])
  const title = <h1 className={classes.title}>{shell.views[view]}</h1>
  return (
    <section className={classes.list} aria-label={t.listLabel}>
      <div className={classes.head}>
        <div className={classes.titleRow}>
          {layout === 'desktop' ? (
            title
          ) : (
            <Suspense fallback={title}>
              <h1 className={classes.title}>
                <ViewMenu view={view} />
              </h1>
            </Suspense>
          )}
          <span className={classes.tools}>
            {list.isFetching && <Loader size={14} role="status" aria-label={common.loading} />}
            {due.offered && <SortByDue on={due.on} toggle={due.toggle} />}
          </span>
        </div>
        <TextInput
          ref={searchRef}
          data-testid="inbox-search"
          size="sm"
          type="search"
          aria-label={t.search}
          placeholder={common.search}
          leftSection={<IconSearch size={15} aria-hidden />}
          rightSection={search ? <CloseButton size="sm" aria-label={common.clear} onClick={() => setSearch('')} /> : undefined}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') {
              setSearch('')
              event.currentTarget.blur()
            }
            if (event.key === 'ArrowDown' || event.key === 'Enter') step(1)
          }}
        />
      </div>
      {list.isError && list.items.length === 0 ? (
        <div className={classes.failed} role="alert">
          {t.failed}
          <Button variant="default" onClick={() => void list.refetch()}>
            {common.retry}
          </Button>
        </div>
      ) : list.isSuccess && list.items.length === 0 ? (
        <NoConversations view={view} searching={q !== ''} />
      ) : (
        <ConversationList
          key={`${view} ${q} ${String(due.on)}`}
          view={view}
          items={list.items}
          selected={selected}
          pending={list.isPending}
          more={list.hasNextPage && !list.isFetchingNextPage}
          loadMore={() => void list.fetchNextPage()}
        />
      )}
    </section>
  )
}

/** Nothing to do: because nothing came, or because nothing can come until one is available. */
function NothingMine() {
  const t = useText(inboxText)
  const local = useLocalText()
  const { state, current, presences, change } = usePresence()
  const available = presences.find((presence) => presence.id === builtin.available)
  const away = current?.offers_work === false && state.presence !== builtin.notResponding
  if (!away || !available) return <EmptyState icon={IconInbox} title={t.empty.mine} text={t.empty.mineHelp} />
  return (
    <EmptyState icon={IconInbox} title={t.empty.mine} text={t.empty.away(local(current.label))}>
      <Button mt="sm" loading={change.isPending} data-testid="become-available" onClick={() => change.mutate({ presence: available.id, after_conversation: false })}>
        {t.empty.become(local(available.label))}
      </Button>
    </EmptyState>
  )
}

function NoConversations({ view, searching }: { view: View; searching: boolean }) {
  const { empty } = useText(inboxText)
  if (searching) return <EmptyState icon={IconSearch} title={empty.search} text={empty.searchHelp} />
  if (view === 'mine') return <NothingMine />
  return <EmptyState icon={IconInbox} title={view === 'waiting' ? empty.waiting : empty.other} />
}
