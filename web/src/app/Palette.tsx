import '@mantine/spotlight/styles.layer.css'
import { useDebouncedValue } from '@mantine/hooks'
import { createSpotlight, Spotlight } from '@mantine/spotlight'
import { IconBolt, IconSearch } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState, type ReactNode } from 'react'
import { useNavigate } from 'react-router'
import { api, call } from '../api/client'
import type { Contact, Conversation } from '../api/types'
import { useText } from '../i18n'
import { shellText } from '../i18n/shell'
import { useConversationList } from '../inbox/useConversationList'
import { views } from '../inbox/views'
import { Avatar } from '../ui/Avatar'
import { ChannelIcon } from '../ui/ChannelIcon'
import { Keys } from '../ui/Keys'
import { useContactName } from '../ui/useContactName'
import { useActionRegistry, type Action } from './actions'
import classes from './Palette.module.css'

const [store, spotlight] = createSpotlight()
const shown = 6

/** What was typed, looked for in conversations and contacts. */
function useFound(query: string) {
  const [q] = useDebouncedValue(query.trim(), 200)
  const enabled = q !== ''
  const conversations = useQuery({
    queryKey: ['palette', 'conversations', q],
    queryFn: ({ signal }) => call(api.GET('/conversations', { params: { query: { view: 'all', q, limit: shown } }, signal })),
    enabled,
    placeholderData: keepPreviousData,
  })
  const contacts = useQuery({
    queryKey: ['palette', 'contacts', q],
    queryFn: ({ signal }) => call(api.GET('/contacts', { params: { query: { q, limit: shown } }, signal })),
    enabled,
    placeholderData: keepPreviousData,
  })
  return { conversations: enabled ? (conversations.data?.items ?? []) : [], contacts: enabled ? (contacts.data?.items.slice(0, shown) ?? []) : [] }
}

/** Spotlight marks what Enter runs on the element itself, and leaves it there when others come in above it. */
function selectFirst(): void {
  const list = document.getElementById(store.getState().listId)
  list?.querySelector('[data-selected]')?.removeAttribute('data-selected')
  list?.querySelector('[data-action]')?.setAttribute('data-selected', 'true')
  store.updateState((state) => ({ ...state, selected: 0 }))
}

/** Jumps to a conversation, a contact or a page, or runs an action; all from the keyboard. */
export default function Palette({ opened, close }: { opened: boolean; close: () => void }) {
  const t = useText(shellText)
  const registry = useActionRegistry()
  const [query, setQuery] = useState('')
  const [actions, setActions] = useState<Action[]>([])
  const mine = useConversationList('mine')
  const found = useFound(query)

  useEffect(() => {
    if (opened) {
      setActions(registry.enabled())
      spotlight.open()
    } else spotlight.close()
  }, [opened, registry])

  // What is found comes above what was selected at first.
  useEffect(() => {
    if (query !== '' && store.getState().selected <= 0) selectFirst()
  }, [query, found.conversations, found.contacts])

  const wanted = query.trim().toLocaleLowerCase()
  const fits = (label: string) => label.toLocaleLowerCase().includes(wanted)
  const runnable = uniqueById(actions.filter((action) => action.palette !== false && fits(action.label)))
  const pages = views.filter(({ view }) => fits(t.views[view]))
  const conversations = wanted === '' ? mine.items.slice(0, shown) : found.conversations
  const empty = runnable.length + pages.length + conversations.length + found.contacts.length === 0

  return (
    <Spotlight.Root store={store} query={query} onQueryChange={setQuery} onSpotlightClose={close} shortcut={null} attributes={{ content: { 'aria-label': t.account.palette } }} classNames={{ actionsGroup: classes.group ?? '' }} scrollable maxHeight={440} size={600} radius="lg">
      <Spotlight.Search placeholder={t.palette.placeholder} aria-label={t.palette.placeholder} leftSection={<IconSearch size={18} aria-hidden />} />
      <Spotlight.ActionsList>
        <Conversations items={conversations} />
        <Contacts items={found.contacts} />
        {runnable.length > 0 && (
          <Spotlight.ActionsGroup label={t.palette.groups.actions}>
            {runnable.map((action) => (
              <Entry key={action.id} label={action.label} icon={<IconBolt size={18} stroke={1.6} aria-hidden />} keys={action.keys} run={action.run} />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {pages.length > 0 && <Pages items={pages} />}
        {empty && <Spotlight.Empty>{t.palette.nothing}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  )
}

function uniqueById(actions: Action[]): Action[] {
  return [...new Map(actions.map((action) => [action.id, action])).values()]
}

function Entry({ label, sub, icon, keys, run }: { label: string; sub?: string | undefined; icon: ReactNode; keys?: string | undefined; run: () => void }) {
  // The palette gives the focus back when it closes; what an action opens must come after that.
  return <Spotlight.Action label={label} {...(sub ? { description: sub } : {})} leftSection={icon} rightSection={keys ? <Keys keys={keys} /> : undefined} onClick={() => setTimeout(run, 0)} />
}

function Conversations({ items }: { items: Conversation[] }) {
  const t = useText(shellText)
  const name = useContactName()
  const navigate = useNavigate()
  if (items.length === 0) return null
  return (
    <Spotlight.ActionsGroup label={t.palette.groups.conversations}>
      {items.map((item) => (
        <Entry key={item.id} label={name(item)} sub={item.preview} icon={<ChannelIcon kind={item.channel.kind} size={18} />} run={() => void navigate(`/inbox/all/${item.id}`)} />
      ))}
    </Spotlight.ActionsGroup>
  )
}

function Contacts({ items }: { items: Contact[] }) {
  const t = useText(shellText)
  const name = useContactName()
  const navigate = useNavigate()
  if (items.length === 0) return null
  return (
    <Spotlight.ActionsGroup label={t.palette.groups.contacts}>
      {items.map((item) => (
        <Entry key={item.id} label={name(item)} icon={<Avatar name={item.name} seed={item.id} size={22} />} run={() => void navigate(`/contacts/${item.id}`)} />
      ))}
    </Spotlight.ActionsGroup>
  )
}

function Pages({ items }: { items: typeof views }) {
  const t = useText(shellText)
  const navigate = useNavigate()
  return (
    <Spotlight.ActionsGroup label={t.palette.groups.pages}>
      {items.map(({ view, icon: Icon }) => (
        <Entry key={view} label={`${t.nav.inbox}: ${t.views[view]}`} icon={<Icon size={18} stroke={1.6} aria-hidden />} run={() => void navigate(`/inbox/${view}`)} />
      ))}
    </Spotlight.ActionsGroup>
  )
}
