import { Button, Loader } from '@mantine/core'
import { useDocumentVisibility } from '@mantine/hooks'
import { IconArrowDown } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { Conversation } from '../api/types'
import type { Outgoing } from '../composer/outbox'
import { useFormat, useText } from '../i18n'
import { conversationText } from '../i18n/conversation'
import { useMe } from '../session'
import { useContactName } from '../ui/useContactName'
import { bodyOf, isMessage, type MessageBody } from './bodies'
import type { FeedState } from './feed'
import { isWaiting } from './channelState'
import { lastSeq } from './log'
import type { MessageActs } from './messageActs'
import { MessageRow } from './MessageRow'
import { NoteRow } from './NoteRow'
import { OutgoingRow } from './OutgoingRow'
import { buildRows, type Row } from './rows'
import { StatusRow } from './StatusRow'
import classes from './Thread.module.css'

type Props = {
  conversation: Conversation
  feed: FeedState
  outgoing: readonly Outgoing[]
  loadOlder: () => void
  /** What I may do with messages; absent when nothing. */
  acts?: MessageActs | undefined
  /** Everything up to here is on screen and somebody looks. */
  seen?: (seq: number) => void
}

const nearEnd = 60

/** The messages. Only rows in sight exist; the end is followed unless one has scrolled away from it. */
export function Thread({ conversation, feed, outgoing, loadOlder, acts, seen }: Props) {
  const t = useText(conversationText)
  const scroll = useRef<HTMLDivElement>(null)
  const events = feed.log.events
  const rows = useMemo(() => buildRows(events, outgoing, !feed.log.older), [events, outgoing, feed.log.older])
  const last = lastSeq(feed.log)
  const [atEnd, setAtEnd] = useState(true)
  const [seenSeq, setSeenSeq] = useState(0)
  const visible = useDocumentVisibility() === 'visible'

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: (index) => estimate(rows[index]),
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 8,
    paddingStart: 12,
    paddingEnd: 12,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: nearEnd,
    onChange: (instance) => setAtEnd(instance.isAtEnd(nearEnd)),
  })

  // Start at the end, once the first page is there; what I write myself takes me back to it.
  const started = useRef(false)
  const mine = outgoing.at(-1)?.id
  useEffect(() => {
    if (rows.length === 0 || started.current) return
    started.current = true
    virtual.scrollToEnd()
    return () => {
      started.current = false
    }
    // Once, when the first rows are there.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [rows.length > 0, virtual])
  useEffect(() => {
    if (mine) virtual.scrollToEnd()
  }, [mine, virtual])

  const first = virtual.getVirtualItems()[0]?.index ?? Infinity
  useEffect(() => {
    if (started.current && first < 12 && feed.log.older && !feed.loadingOlder) loadOlder()
  }, [first, feed.log.older, feed.loadingOlder, loadOlder])

  useEffect(() => {
    if (!atEnd || !visible || last === 0) return
    setSeenSeq(last)
    seen?.(last)
  }, [atEnd, visible, last, seen])

  // When the composer grows or a panel opens below, the end stays in sight.
  const wasAtEnd = useRef(true)
  useEffect(() => {
    wasAtEnd.current = atEnd
  })
  useEffect(() => {
    const element = scroll.current
    if (!element) return
    let height = element.clientHeight
    const observer = new ResizeObserver(() => {
      const shrunk = element.clientHeight !== height
      height = element.clientHeight
      if (shrunk && wasAtEnd.current) virtual.scrollToEnd()
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [virtual])

  const goTo = useCallback(
    (seq: number) => {
      const index = rows.findIndex((row) => row.type === 'message' && row.event.seq === seq)
      if (index >= 0) virtual.scrollToIndex(index, { align: 'center' })
    },
    [rows, virtual],
  )

  const unseen = atEnd ? 0 : events.filter((event) => event.seq > seenSeq && isMessage(event)).length

  return (
    <div className={classes.frame}>
      <div ref={scroll} className={classes.scroll} tabIndex={0} role="region" aria-label={t.thread} data-testid="thread">
        <div className={classes.rows} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ key, index, start }) => {
            const row = rows[index]
            return (
              row && (
                <div key={key} ref={virtual.measureElement} data-index={index} className={classes.place} style={{ transform: `translateY(${start}px)` }}>
                  <ThreadRow row={row} conversation={conversation} acts={acts} goTo={goTo} />
                </div>
              )
            )
          })}
        </div>
      </div>
      {feed.loadingOlder && (
        <div className={classes.older}>
          <Loader size={12} aria-hidden /> {t.loadingOlder}
        </div>
      )}
      {!atEnd && started.current && (
        <Button
          className={classes.pill ?? ''}
          size="compact-sm"
          radius="xl"
          variant={unseen > 0 ? 'filled' : 'default'}
          leftSection={<IconArrowDown size={14} aria-hidden />}
          onClick={() => virtual.scrollToEnd({ behavior: 'smooth' })}
        >
          {unseen > 0 ? `${t.newMessages} (${unseen})` : t.latest}
        </Button>
      )}
      <Announcer conversation={conversation} feed={feed} />
    </div>
  )
}

type RowProps = { row: Row; conversation: Conversation; acts?: MessageActs | undefined; goTo: (seq: number) => void }

function ThreadRow({ row, conversation, acts, goTo }: RowProps) {
  const t = useText(conversationText)
  const format = useFormat()
  const me = useMe()
  const name = useContactName()(conversation)
  switch (row.type) {
    case 'start':
      return <div className={classes.start}>{t.beginning}</div>
    case 'day':
      return (
        <div className={classes.day}>
          <span>{format.day(row.at)}</span>
        </div>
      )
    case 'message':
      return (
        <MessageRow
          event={row.event}
          language={conversation.language}
          head={row.head}
          chosen={row.chosen}
          changes={row.changes}
          customerName={name}
          meId={me.id}
          acts={acts}
          waits={isWaiting(conversation)}
          answered={row.answered}
          openAnswered={goTo}
        />
      )
    case 'note':
      return <NoteRow event={row.event} whisper={row.whisper} meId={me.id} />
    case 'status':
      return <StatusRow events={row.events} channel={conversation.channel.name} />
    case 'outgoing':
      return <OutgoingRow message={row.message} head={row.head} answered={row.answered} customerName={name} meId={me.id} />
  }
}

/** A first guess of a row's height; the real one is measured when it is drawn. */
function estimate(row: Row | undefined): number {
  switch (row?.type) {
    case 'message': {
      const { text = '', attachments, referral } = bodyOf<MessageBody>(row.event)
      return 38 + (referral ? 90 : 0) + (row.answered ? 42 : 0) + Math.ceil(text.length / 60) * 21 + (row.head ? 30 : 0) + (attachments ? 168 : 0)
    }
    case 'note':
      return 76
    case 'status':
      return Math.min(row.events.length, 3) * 22 + 14
    case 'outgoing':
      return 62
    default:
      return 40
  }
}

/** Reads new messages of the customer out to screen readers. */
function Announcer({ conversation, feed }: { conversation: Conversation; feed: FeedState }) {
  const name = useContactName()(conversation)
  const [from] = useState(() => lastSeq(feed.log))
  const newest = feed.log.events.at(-1)
  const text = newest && from > 0 && newest.seq > from && newest.kind === 'customer.message' ? `${name}: ${bodyOf<MessageBody>(newest).text ?? ''}` : ''
  return (
    <div className="sx-hidden" aria-live="polite">
      {text}
    </div>
  )
}
