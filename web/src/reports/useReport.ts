import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { api, call } from '../api/client'
import { keys } from '../api/keys'
import type { Report, ReportBy } from '../api/types'
import { serverNow } from '../lib/clock'
import { groupNames, isGroup, type Group } from './metrics'
import { dayIn, daysOf, isDay } from './range'

export const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'

const bys = ['day', 'hour', 'queue', 'agent', 'channel'] as const satisfies readonly ReportBy[]

export type Question = { from: string; to: string; by: ReportBy; zone: string; queue: string; agent: string; channel: string; group: Group }

/** What the address asks for; what it leaves out is the last seven days, by day. */
export function useQuestion(): [Question, (change: Partial<Question>) => void, string] {
  const [params, setParams] = useSearchParams()
  const zone = params.get('zone') ?? browserZone
  const today = dayIn(zone, serverNow())
  const question = useMemo<Question>(() => {
    const week = daysOf('week', today)
    const from = params.get('from')
    const to = params.get('to')
    const by = params.get('by')
    const group = params.get('numbers')
    return {
      from: isDay(from) ? from : week.from,
      to: isDay(to) ? to : week.to,
      by: bys.find((known) => known === by) ?? 'day',
      zone,
      queue: params.get('queue') ?? '',
      agent: params.get('agent') ?? '',
      channel: params.get('channel') ?? '',
      group: isGroup(group) ? group : 'service',
    }
  }, [params, today, zone])
  const change = useCallback(
    (next: Partial<Question>) =>
      setParams(
        (before) => {
          const all = new URLSearchParams(before)
          for (const [name, value] of Object.entries(next)) {
            const key = name === 'group' ? 'numbers' : name
            if (value) all.set(key, value)
            else all.delete(key)
          }
          return all
        },
        { replace: true },
      ),
    [setParams],
  )
  return [question, change, today]
}

/** The groups of numbers that there are for a question: an agent's time belongs to no queue and no channel. */
export function groupsOf(q: Question): Group[] {
  const timed = q.by !== 'queue' && q.by !== 'channel' && !q.queue && !q.channel
  return groupNames.filter((group) => timed || group !== 'time')
}

function parameters(q: Question): Record<string, string> {
  return {
    from: q.from,
    to: q.to,
    by: q.by,
    time_zone: q.zone,
    ...(q.queue ? { queue: q.queue } : {}),
    ...(q.agent ? { agent: q.agent } : {}),
    ...(q.channel ? { channel: q.channel } : {}),
  }
}

/** Where a browser downloads the report. */
export function csvAddress(q: Question): string {
  return `/api/v1/reports?${new URLSearchParams({ ...parameters(q), format: 'csv' }).toString()}`
}

const minute = 60_000

export function useReport(q: Question) {
  const query = parameters(q)
  return useQuery({
    queryKey: keys.report(query),
    // The answer is text only for those who ask for CSV.
    queryFn: async ({ signal }) => (await call(api.GET('/reports', { params: { query: { ...query, from: q.from, to: q.to, by: q.by } }, signal }))) as Report,
    placeholderData: keepPreviousData,
    staleTime: minute,
  })
}

/** The channels that had something to do in these days: supervisors have no other list of them. */
export function useChannelChoices(q: Question) {
  return useReport({ ...q, by: 'channel', queue: '', agent: '', channel: '' }).data?.rows.map((row) => ({ value: row.key, label: row.name?.en ?? row.key })) ?? []
}

export function useAgentChoices() {
  const targets = useQuery({ queryKey: keys.agentNames, queryFn: () => call(api.GET('/targets')), staleTime: 5 * minute })
  return (targets.data?.agents ?? []).map((agent) => ({ value: agent.id, label: agent.name }))
}
