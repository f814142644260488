import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconHistory } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Fragment, useEffect, useState } from 'react'
import { useLocation, useSearchParams } from 'react-router'
import { api, call } from '../../api/client'
import { keys } from '../../api/keys'
import type { AuditEntry, AuditKind } from '../../api/types'
import { LoadingPage } from '../../app/pages'
import { useFormat, useText } from '../../i18n'
import { auditText } from '../../i18n/audit'
import { reportsText } from '../../i18n/reports'
import { daysOf, dayIn, isDay, presetOf, presets, type Preset } from '../../reports/range'
import { browserZone, useAgentChoices } from '../../reports/useReport'
import { useRole } from '../../session'
import { EmptyState } from '../../ui/EmptyState'
import { Failed } from '../../ui/Failed'
import { useNow } from '../../ui/useNow'
import { Page, Search } from '../kit/Page'
import classes from './Audit.module.css'
import { EntryRow } from './EntryRow'
import { momentsOf } from './entry'

const kinds = ['conversation', 'queue', 'plan', 'person', 'skill', 'presence', 'channel', 'article', 'reply', 'key', 'wallboard', 'routing'] as const satisfies readonly AuditKind[]
const overrides = ['conversation', 'queue'] as const satisfies readonly AuditKind[]

type Filter = { person?: string; kind?: AuditKind; subject?: string; from?: string; to?: string }

function useAudit(filter: Filter) {
  return useInfiniteQuery({
    queryKey: keys.audit(filter),
    queryFn: ({ pageParam, signal }) => call(api.GET('/audit', { params: { query: { ...filter, limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } }, signal })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : 15_000),
  })
}

/** Who did what, and why: admins see everything, supervisors what was done by hand to conversations and queues. */
export function AuditPage() {
  const t = useText(auditText)
  const { ranges } = useText(reportsText)
  const admin = useRole('admin')
  const area = useLocation().pathname.startsWith('/admin') ? 'admin' : 'supervisor'
  const people = useAgentChoices()
  const [params, setParams] = useSearchParams()
  const now = useNow(60_000)
  const today = dayIn(browserZone, now)

  const set = (values: Record<string, string>) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before)
        for (const [name, value] of Object.entries(values)) {
          if (value) next.set(name, value)
          else next.delete(name)
        }
        return next
      },
      { replace: true },
    )
  const asked = params.get('subject') ?? ''
  const [subject, setSubject] = useState(asked)
  const [settled] = useDebouncedValue(subject.trim(), 300)
  useEffect(() => {
    if (settled !== asked) set({ subject: settled })
    // Only what is typed goes into the address.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [settled])

  const shown: readonly AuditKind[] = admin ? kinds : overrides
  const kind = shown.find((one) => one === params.get('kind'))
  const person = params.get('person') ?? ''
  const day = (name: string) => {
    const value = params.get(name)
    return isDay(value) ? value : ''
  }
  const days = { from: day('from'), to: day('to') }
  const anyTime = days.from === '' && days.to === ''
  const [custom, setCustom] = useState(false)
  const preset = anyTime ? '' : presetOf(days, today)
  const own = custom || preset === undefined

  const list = useAudit({ ...(person ? { person } : {}), ...(kind ? { kind } : {}), ...(asked ? { subject: asked } : {}), ...momentsOf(days) })
  const entries = list.data?.pages.flatMap((page) => page.items) ?? []
  const filtered = person !== '' || kind !== undefined || asked !== '' || !anyTime
  const clear = () => {
    setSubject('')
    setCustom(false)
    set({ person: '', kind: '', subject: '', from: '', to: '' })
  }
  const chooseRange = (value: string) => {
    setCustom(value === 'custom')
    if (value !== 'custom') set(value === '' ? { from: '', to: '' } : daysOf(value as Preset, today))
  }
  const who = people.some(({ value }) => value === person) || person === '' ? people : [...people, { value: person, label: entries[0]?.by ?? person }]

  return (
    <Page
      title={t.title}
      about={admin ? t.about : t.aboutOverrides}
      tools={
        <>
          <Search value={subject} onChange={setSubject} label={t.subject} />
          <NativeSelect
            aria-label={t.kind}
            value={kind ?? ''}
            onChange={(event) => set({ kind: event.currentTarget.value })}
            data={[{ value: '', label: t.everything }, ...shown.map((value) => ({ value, label: t.kinds[value] }))]}
          />
          <NativeSelect aria-label={t.person} value={person} onChange={(event) => set({ person: event.currentTarget.value })} data={[{ value: '', label: t.anybody }, ...who]} />
          <NativeSelect
            aria-label={t.range}
            value={own ? 'custom' : preset}
            onChange={(event) => chooseRange(event.currentTarget.value)}
            data={[{ value: '', label: t.anyTime }, ...presets.map((value) => ({ value, label: ranges[value] })), { value: 'custom', label: t.custom }]}
          />
          {own && (
            <>
              <TextInput type="date" aria-label={t.from} value={days.from} max={days.to || today} onChange={(event) => set({ from: event.currentTarget.value })} />
              <TextInput type="date" aria-label={t.to} value={days.to} min={days.from} onChange={(event) => set({ to: event.currentTarget.value })} />
            </>
          )}
          {filtered && (
            <Button variant="subtle" size="compact-sm" onClick={clear}>
              {t.clear}
            </Button>
          )}
        </>
      }
    >
      {list.data === undefined && (list.isError ? <Failed title={t.failed} error={list.error} retry={() => void list.refetch()} /> : <LoadingPage />)}
      {list.data && entries.length === 0 && <EmptyState icon={IconHistory} title={filtered ? t.noMatch : t.empty} text={filtered ? undefined : t.emptyHelp} />}
      <Days entries={entries} area={area} />
      {list.hasNextPage && (
        <Button fullWidth variant="subtle" radius={0} loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t.more}
        </Button>
      )}
    </Page>
  )
}

/** Entries under the days they are of. */
function Days({ entries, area }: { entries: AuditEntry[]; area: 'admin' | 'supervisor' }) {
  const t = useText(auditText)
  const format = useFormat()
  const now = useNow(60_000)
  const days = new Map<string, AuditEntry[]>()
  for (const entry of entries) {
    const day = format.day(entry.at, now)
    days.set(day, [...(days.get(day) ?? []), entry])
  }
  return [...days].map(([day, all]) => (
    <Fragment key={day}>
      <h2 className={classes.day}>{day}</h2>
      <ul className={classes.entries} aria-label={`${t.list}: ${day}`}>
        {all.map((entry) => (
          <EntryRow key={entry.id} entry={entry} area={area} />
        ))}
      </ul>
    </Fragment>
  ))
}
