import { IconPlugConnected } from '@tabler/icons-react'
import { useState } from 'react'
import { useQueues } from '../../api/queries'
import type { Channel } from '../../api/types'
import { useFormat, useLocalText, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { commonText } from '../../i18n/common'
import { useNow } from '../../ui/useNow'
import { DataTable, type Column } from '../kit/DataTable'
import { EditorGone, EditorWaits } from '../kit/EditorForm'
import { EditorHost } from '../kit/EditorHost'
import { CopyIcon } from '../kit/fields'
import { List, Page, Search } from '../kit/Page'
import { matchesSearch } from '../kit/sort'
import text from '../kit/text.module.css'
import { useEntry } from '../kit/useEntry'
import { useChannels } from '../kit/usePeople'
import { ChannelEditor } from './ChannelEditor'
import classes from './Channels.module.css'
import { dotOf, standingOf } from './health'

const path = '/admin/channels'

export function ChannelsPage() {
  const t = useText(adminText)
  const common = useText(commonText)
  const local = useLocalText()
  const format = useFormat()
  const now = useNow(60_000)
  const channels = useChannels()
  const queues = useQueues()
  const { id, close, open, to } = useEntry(path)
  const [search, setSearch] = useState('')

  const kindName = (kind: string) => {
    const known: Record<string, string> = common.channel
    return known[kind] ?? channels.data?.kinds.find((entry) => entry.kind === kind)?.name ?? kind
  }
  const queueName = (queue: string) => local(queues.data?.find((entry) => entry.id === queue)?.name) || queue
  const last = (channel: Channel) => (channel.health.last_inbound_at ? format.ago(channel.health.last_inbound_at, now) : t.channels.never)

  const columns: Column<Channel>[] = [
    {
      id: 'name',
      header: t.channels.name,
      cell: (channel) => (
        <span className={classes.name}>
          <span className={text.dot} data-on={dotOf[standingOf(channel)]} />
          <span className={text.strong}>
            {channel.name}
            {(standing => standing !== 'fine' && standing !== 'quiet' && <span className={standing === 'off' ? text.off : classes.bad}> ({t.channels.standing[standing]})</span>)(standingOf(channel))}
          </span>
        </span>
      ),
      sort: (channel) => channel.name,
    },
    {
      id: 'kind',
      header: t.channels.kind,
      width: '136px',
      cell: (channel) => (
        <>
          {kindName(channel.kind)}
          <span className={text.under}>{channel.flow}</span>
        </>
      ),
      sort: (channel) => kindName(channel.kind),
    },
    { id: 'queue', header: t.channels.queue, width: '160px', cell: (channel) => queueName(channel.queue), sort: (channel) => queueName(channel.queue), from: 'tablet' },
    { id: 'cost', header: t.channels.cost, align: 'end', width: '80px', cell: (channel) => format.number(channel.cost), sort: (channel) => channel.cost, from: 'wide' },
    {
      id: 'webhook',
      header: t.channels.webhook,
      width: '250px',
      from: 'desktop',
      cell: (channel) => (
        <span className={classes.url}>
          <code title={channel.webhook_url}>{pathOf(channel.webhook_url)}</code>
          <CopyIcon value={channel.webhook_url} label={t.channels.copyUrl(channel.name)} />
        </span>
      ),
    },
    {
      id: 'last',
      header: t.channels.lastInbound,
      width: '140px',
      from: 'tablet',
      first: 'desc',
      cell: (channel) => (
        <span className={channel.health.last_inbound_at ? undefined : text.off} title={channel.health.last_inbound_at && format.dateTime(channel.health.last_inbound_at)}>
          {last(channel)}
        </span>
      ),
      sort: (channel) => (channel.health.last_inbound_at ? Date.parse(channel.health.last_inbound_at) : undefined),
    },
  ]

  return (
    <Page
      title={t.channels.title}
      about={t.channels.about}
      add={{ label: t.channels.add, to: to('new') }}
      tools={<Search value={search} onChange={setSearch} label={t.channels.search} />}
    >
      <List
        query={channels}
        rows={({ items }) => items.filter((channel) => matchesSearch(search, channel.id, channel.name, kindName(channel.kind)))}
        total={({ items }) => items.length}
        onClear={() => setSearch('')}
        empty={{ icon: IconPlugConnected, title: t.channels.empty, help: t.channels.emptyHelp, action: { label: t.channels.add, to: to('new') } }}
      >
        {(rows) => (
          <DataTable
            label={t.channels.title}
            rows={rows}
            columns={columns}
            id={(channel) => channel.id}
            to={(channel) => to(channel.id)}
            selected={id}
            sort={{ column: 'name', direction: 'asc' }}
            dim={(channel) => !channel.enabled}
            phone={(channel) => `${t.channels.lastInbound}: ${last(channel)}`}
          />
        )}
      </List>
      <EditorHost id={id} onClose={close} size={720}>
        {(shown) => {
          if (!channels.data || !queues.data) return <EditorWaits query={channels.data ? queues : channels} />
          const { items, kinds, flows } = channels.data
          const channel = items.find((entry) => entry.id === shown)
          if (!channel && shown !== 'new') return <EditorGone />
          return (
            <ChannelEditor
              channel={channel}
              kinds={kinds}
              flows={flows}
              queues={queues.data}
              taken={items.map((entry) => entry.id)}
              kindName={kindName}
              onCreated={open}
            />
          )
        }}
      </EditorHost>
    </Page>
  )
}

/** The part of an address that tells accounts apart. */
function pathOf(url: string): string {
  return URL.parse(url)?.pathname ?? url
}
