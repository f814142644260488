import { Button, CloseButton, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch, IconUsers } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState } from 'react'
import { Link } from 'react-router'
import { api, call } from '../api/client'
import { keys } from '../api/keys'
import type { Contact } from '../api/types'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { contactsText } from '../i18n/contacts'
import { Avatar } from '../ui/Avatar'
import { EmptyState } from '../ui/EmptyState'
import { useContactName } from '../ui/useContactName'
import { StartButton } from '../work/StartButton'
import classes from './Contacts.module.css'

const rowHeight = 60

/** Whether what was searched for can be written to. */
const isAddress = (q: string) => /^\+[\d ()-]{7,}$|^\S+@\S+$/.test(q)

function useContacts(q: string) {
  const query = useInfiniteQuery({
    queryKey: keys.contactList(q),
    queryFn: ({ pageParam, signal }) => call(api.GET('/contacts', { params: { query: { ...(q ? { q } : {}), ...(pageParam ? { cursor: pageParam } : {}) } }, signal })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
  })
  return { ...query, items: query.data?.pages.flatMap((page) => page.items) ?? [] }
}

export function ContactList({ selected }: { selected: string | undefined }) {
  const t = useText(contactsText)
  const common = useText(commonText)
  const [search, setSearch] = useState('')
  const [q] = useDebouncedValue(search.trim(), 250)
  const list = useContacts(q)
  return (
    <section className={classes.list} aria-label={t.list}>
      <div className={classes.head}>
        <div className={classes.titleLine}>
          <h1 className={classes.title}>{t.title}</h1>
          <StartButton to={isAddress(q) ? q : ''} />
        </div>
        <TextInput
          type="search"
          aria-label={t.search}
          placeholder={t.search}
          leftSection={<IconSearch size={15} aria-hidden />}
          rightSection={search ? <CloseButton size="sm" aria-label={common.clear} onClick={() => setSearch('')} /> : undefined}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      </div>
      {list.isError && list.items.length === 0 ? (
        <EmptyState icon={IconUsers} title={t.failed}>
          <Button mt="sm" variant="default" onClick={() => void list.refetch()}>
            {common.retry}
          </Button>
        </EmptyState>
      ) : list.isSuccess && list.items.length === 0 ? (
        <EmptyState icon={IconUsers} title={q ? t.nothing : t.empty} text={q ? t.nothingHelp : undefined} />
      ) : (
        <Rows key={q} items={list.items} selected={selected} more={list.hasNextPage && !list.isFetchingNextPage} loadMore={() => void list.fetchNextPage()} />
      )}
    </section>
  )
}

function Rows({ items, selected, more, loadMore }: { items: Contact[]; selected: string | undefined; more: boolean; loadMore: () => void }) {
  const t = useText(contactsText)
  const contactName = useContactName()
  const scroll = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => items[index]?.id ?? index,
    overscan: 8,
  })
  const visible = rows.getVirtualItems()
  const last = visible.at(-1)?.index ?? -1
  useEffect(() => {
    if (more && last >= items.length - 10) loadMore()
  }, [more, last, items.length, loadMore])
  return (
    <div ref={scroll} className={classes.scroll}>
      <ul className={classes.rows} style={{ height: rows.getTotalSize() }} aria-label={t.list}>
        {visible.map(({ key, index, start }) => {
          const contact = items[index]
          if (!contact) return null
          return (
            <li key={key} className={classes.place} style={{ height: rowHeight, transform: `translateY(${start}px)` }} aria-setsize={items.length} aria-posinset={index + 1}>
              <Link to={`/contacts/${contact.id}`} data-testid="contact-row" className={classes.row} data-selected={contact.id === selected} aria-current={contact.id === selected ? 'true' : undefined}>
                <Avatar name={contact.name} seed={contact.id} size={34} />
                <span className={classes.rowText}>
                  <span className={classes.rowName}>{contactName(contact)}</span>
                  {contact.conversations !== undefined && <span className={classes.rowSub}>{t.conversations(contact.conversations)}</span>}
                </span>
              </Link>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
