import { Skeleton } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import type { Conversation, View } from '../api/types'
import { useText } from '../i18n'
import { inboxText } from '../i18n/inbox'
import { useNow } from '../ui/useNow'
import { ConversationRow } from './ConversationRow'
import classes from './Inbox.module.css'
import rowClasses from './Row.module.css'

const rowHeight = 80

type Props = {
  view: View
  items: Conversation[]
  selected: string | undefined
  pending: boolean
  more: boolean
  loadMore: () => void
}

/** Rows of a fixed height, only those in sight; the next page is fetched before its end is reached. */
export function ConversationList({ view, items, selected, pending, more, loadMore }: Props) {
  const t = useText(inboxText)
  const scroll = useRef<HTMLDivElement>(null)
  const now = useNow(10_000)
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => items[index]?.id ?? index,
    overscan: 6,
  })
  const visible = rows.getVirtualItems()
  const last = visible.at(-1)?.index ?? -1

  useEffect(() => {
    if (more && last >= items.length - 10) loadMore()
  }, [more, last, items.length, loadMore])

  const selectedIndex = items.findIndex((item) => item.id === selected)
  useEffect(() => {
    if (selectedIndex >= 0) rows.scrollToIndex(selectedIndex, { align: 'auto' })
    // Only when another one is selected, not whenever the list changes.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [selected])

  return (
    <div ref={scroll} className={classes.scroll}>
      {pending ? (
        <Loading />
      ) : (
        <ul className={rowClasses.rows} style={{ height: rows.getTotalSize() }} aria-label={t.listLabel}>
          {visible.map(({ key, index, start }) => {
            const item = items[index]
            if (!item) return null
            return (
              <li key={key} className={rowClasses.place} style={{ transform: `translateY(${start}px)`, height: rowHeight }} aria-setsize={items.length} aria-posinset={index + 1}>
                <ConversationRow conversation={item} to={`/inbox/${view}/${item.id}`} selected={item.id === selected} now={now} />
              </li>
            )
          })}
        </ul>
      )}
    </div>
  )
}

function Loading() {
  return (
    <div aria-hidden="true">
      {[0, 1, 2, 3, 4].map((n) => (
        <div key={n} className={rowClasses.loading} style={{ height: rowHeight }}>
          <Skeleton height={38} circle />
          <div className={rowClasses.loadingText}>
            <Skeleton height={11} width="55%" />
            <Skeleton height={10} width="85%" />
          </div>
        </div>
      ))}
    </div>
  )
}
