import { Button, NativeSelect } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconExternalLink, IconMessages } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import { useLocation, useSearchParams } from 'react-router'
import { DataTable, type Column } from '../admin/kit/DataTable'
import { Page, Search } from '../admin/kit/Page'
import text from '../admin/kit/text.module.css'
import { api, call } from '../api/client'
import { keys, type ListFilter } from '../api/keys'
import { useQueues } from '../api/queries'
import type { Conversation, SlaFilter, View } from '../api/types'
import { useFormat, useLocalText, useText } from '../i18n'
import { commonText } from '../i18n/common'
import { slaText } from '../i18n/sla'
import { supervisorText } from '../i18n/supervisor'
import { usePreviewText } from '../inbox/usePreviewText'
import { useMe } from '../session'
import { SlaMark } from '../sla/SlaMark'
import { ChannelIcon, useChannelName } from '../ui/ChannelIcon'
import { EmptyState } from '../ui/EmptyState'
import { PhaseBadge } from '../ui/PhaseBadge'
import { Failed } from '../ui/Failed'
import { useContactName } from '../ui/useContactName'
import { useNow } from '../ui/useNow'
import { Inspector } from './Inspector'

const slaFilters = ['at_risk', 'breached'] as const satisfies readonly SlaFilter[]

const views = ['all', 'open', 'waiting', 'bot', 'parked', 'attention', 'closed'] as const satisfies readonly View[]
type Shown = (typeof views)[number]

function isShown(value: string | null): value is Shown {
  return (views as readonly (string | null)[]).includes(value)
}

/** A list of its own kind: by pages on demand, and asked for again while it is short. */
function useConversations(view: View, filter: ListFilter) {
  return useInfiniteQuery({
    queryKey: keys.list(view, filter),
    queryFn: ({ pageParam, signal }) =>
      call(api.GET('/conversations', { params: { query: { view, ...filter, limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } }, signal })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : 15_000),
  })
}

/** Every conversation, with a way into each one's steps. */
export function ConversationsPage() {
  const t = useText(supervisorText)
  const slaWords = useText(slaText)
  const local = useLocalText()
  const queues = useQueues()
  const { pathname } = useLocation()
  const [params, setParams] = useSearchParams()
  const asked = params.get('view')
  const view = isShown(asked) ? asked : 'all'
  const queue = params.get('queue') ?? ''
  const conversation = params.get('conversation') ?? undefined
  const [search, setSearch] = useState('')
  const [q] = useDebouncedValue(search.trim(), 300)
  const sla = slaFilters.find((filter) => filter === params.get('sla'))
  const list = useConversations(view, { ...(queue ? { queue } : {}), ...(q ? { q } : {}), ...(sla ? { sla, sort: 'due' } : {}) })

  const set = (name: string, value: string) =>
    setParams((before) => {
      const next = new URLSearchParams(before)
      if (value) next.set(name, value)
      else next.delete(name)
      return next
    })
  const close = useCallback(
    () =>
      setParams((before) => {
        const next = new URLSearchParams(before)
        next.delete('conversation')
        return next
      }),
    [setParams],
  )
  const to = (id: string) => {
    const next = new URLSearchParams(params)
    next.set('conversation', id)
    return `${pathname}?${next.toString()}`
  }

  const rows = unique(list.data?.pages.flatMap((page) => page.items) ?? [])
  return (
    <Page
      title={t.conversations.title}
      about={t.conversations.about}
      tools={
        <>
          <Search value={search} onChange={setSearch} label={t.conversations.search} />
          <NativeSelect
            aria-label={t.conversations.view}
            value={view}
            onChange={(event) => set('view', event.currentTarget.value)}
            data={views.map((value) => ({ value, label: t.conversations.views[value] }))}
          />
          <NativeSelect
            aria-label={t.conversations.queue}
            value={queue}
            onChange={(event) => set('queue', event.currentTarget.value)}
            data={[{ value: '', label: t.conversations.allQueues }, ...(queues.data ?? []).map((entry) => ({ value: entry.id, label: local(entry.name) }))]}
          />
          <NativeSelect
            aria-label={slaWords.filter.label}
            value={sla ?? ''}
            onChange={(event) => set('sla', event.currentTarget.value)}
            data={[{ value: '', label: slaWords.filter.all }, ...slaFilters.map((value) => ({ value, label: slaWords.filter[value] }))]}
          />
        </>
      }
    >
      {list.data === undefined && list.isError && <Failed title={t.inspector.failed} error={list.error} retry={() => void list.refetch()} />}
      {list.data && rows.length === 0 && <EmptyState icon={IconMessages} title={q ? t.conversations.noMatch : t.conversations.empty} />}
      {rows.length > 0 && <Conversations rows={rows} to={to} selected={conversation} />}
      {list.hasNextPage && (
        <Button fullWidth variant="subtle" radius={0} loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t.conversations.more}
        </Button>
      )}
      <Inspector queue={undefined} agent={undefined} conversation={conversation} onChoose={close} onClose={close} />
    </Page>
  )
}

/** A conversation that moved between pages while they were read is shown once. */
function unique(all: Conversation[]): Conversation[] {
  return [...new Map(all.map((conversation) => [conversation.id, conversation])).values()]
}

type ConversationsProps = { rows: Conversation[]; to: (id: string) => string; selected: string | undefined }

function Conversations({ rows, to, selected }: ConversationsProps) {
  const t = useText(supervisorText)
  const slaWords = useText(slaText)
  const common = useText(commonText)
  const local = useLocalText()
  const previewText = usePreviewText()
  const format = useFormat()
  const me = useMe()
  const now = useNow(30_000)
  const contactName = useContactName()
  const channelName = useChannelName()
  const queues = useQueues()
  const queueName = (id: string | undefined) => (id ? local(queues.data?.find((entry) => entry.id === id)?.name) || id : '')

  const columns: Column<Conversation>[] = [
    { id: 'customer', header: t.conversations.customer, width: '19%', cell: (c) => <span className={`${text.strong ?? ''} ${text.cut ?? ''}`}>{contactName(c)}</span> },
    { id: 'number', header: t.conversations.number, align: 'end', from: 'wide', width: '68px', cell: (c) => <span className={text.off}>{c.number}</span> },
    {
      id: 'channel',
      header: t.conversations.channel,
      from: 'wide',
      width: '128px',
      cell: (c) => (
        <span className={text.person} style={{ gap: 6 }}>
          <ChannelIcon kind={c.channel.kind} /> {channelName(c.channel.kind)}
        </span>
      ),
    },
    { id: 'phase', header: t.conversations.phase, width: '94px', cell: (c) => <PhaseBadge phase={c.phase} /> },
    { id: 'queue', header: t.conversations.queue, from: 'tablet', cell: (c) => <span className={text.cut}>{queueName(c.queue)}</span> },
    { id: 'agent', header: t.conversations.agent, from: 'tablet', cell: (c) => c.agent ? <span className={text.cut}>{c.agent.name}</span> : <span className={text.off}>{t.conversations.nobody}</span> },
    { id: 'sla', header: slaWords.column, width: '112px', from: 'tablet', cell: (c) => c.sla && <SlaMark sla={c.sla} /> },
    { id: 'last', header: t.conversations.last, from: 'desktop', width: '22%', cell: (c) => <span className={`${text.cut ?? ''} ${text.off ?? ''}`}>{previewText(c)}</span> },
    {
      id: 'at',
      header: t.conversations.at,
      align: 'end',
      width: '88px',
      cell: (c) => (
        <span className={text.nowrap} title={format.dateTime(c.last_message_at ?? c.opened_at)}>
          {format.short(c.last_message_at ?? c.opened_at, now)}
        </span>
      ),
    },
    ...(me.temporal_ui_url
      ? [
          {
            id: 'temporal',
            header: t.conversations.temporal,
            align: 'end' as const,
            from: 'tablet' as const,
            width: '86px',
            cell: (c: Conversation) => (
              <a
                className={text.external}
                href={`${me.temporal_ui_url}${c.id}`}
                target="_blank"
                rel="noreferrer"
                title={t.inspector.temporalHelp}
                aria-label={`${t.conversations.temporalOf(String(c.number))} (${common.newWindow})`}
              >
                <IconExternalLink size={16} aria-hidden />
              </a>
            ),
          },
        ]
      : []),
  ]
  return (
    <DataTable
      label={t.conversations.title}
      rows={rows}
      columns={columns}
      id={(c) => c.id}
      to={(c) => to(c.id)}
      selected={selected}
      phone={(c) => (
        <>
          {[channelName(c.channel.kind), queueName(c.queue), c.agent?.name].filter(Boolean).join(' · ')} {c.sla && <SlaMark sla={c.sla} size={12} />}
        </>
      )}
    />
  )
}
