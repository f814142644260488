import type { Reason } from '../api/types'
import type { Catalog } from '../i18n/core'
import type { explain } from '../i18n/en/explain'
import type { Formatters } from '../i18n/format'

export type Names = { skill: (id: string) => string; queue: (id: string) => string; presence: (id: string) => string; channel: (kind: string) => string }

/** Reads durations as Go writes them ("1h2m3.5s", "250ms") and plain seconds; undefined: neither. */
export function goDuration(text: string | undefined): number | undefined {
  if (!text) return undefined
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, µs: 0, us: 0, ns: 0 }
  if (!/^(\d+(\.\d+)?(h|ms|m|s|µs|us|ns))+$/.test(text)) return undefined
  return [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|µs|us|ns)/g)].reduce((sum, [, value, unit]) => sum + Number(value) * (units[unit ?? ''] ?? 0), 0)
}

/** One reason of a routing decision in words of the language chosen. A code unknown here is shown in the server's words. */
export function reasonText({ code, text, params = {} }: Reason, t: Catalog<typeof explain>['reasons'], format: Formatters, names: Names): string {
  const duration = (value: string | undefined) => {
    const ms = goDuration(value)
    return ms === undefined ? undefined : format.duration(ms)
  }
  const { skill, has, wanted, queue, presence, channel, limit, load, capacity, reason, ago, idle, left, clause, levels, first, level, values } = params
  switch (code) {
    case 'available':
      return t.available
    case 'presence':
      return presence ? t.presence(names.presence(presence)) : text
    case 'lease':
      return t.lease
    case 'offered':
      return t.offered
    case 'not_member':
      return queue ? t.not_member(names.queue(queue)) : text
    case 'capacity':
      return load && capacity ? t.capacity(load, capacity) : t.capacityPlain
    case 'channel_limit':
      return channel && limit ? t.channel_limit(names.channel(channel), limit) : text
    case 'skill':
      if (!skill || !wanted) return text
      if (!has || Number(has) === 0) return t.skillMissing(names.skill(skill), wanted)
      return Number(has) >= Number(wanted) ? t.skillEnough(names.skill(skill), has, wanted) : t.skillLow(names.skill(skill), has, wanted)
    case 'excluded': {
      const key = reason !== undefined && Object.hasOwn(t.excludedWhat, reason) ? (reason as keyof typeof t.excludedWhat) : 'other'
      const since = duration(ago)
      return since ? t.excluded(t.excludedWhat[key], since) : t.excludedPlain(t.excludedWhat[key])
    }
    case 'known_agent':
      return t.known_agent
    case 'longest_idle': {
      const since = duration(idle)
      return since ? t.longest_idle(since) : t.longestIdlePlain
    }
    case 'preferred_skill':
      return skill ? t.preferred_skill(names.skill(skill)) : text
    case 'waiting_for_known':
      return t.waiting_for_known
    case 'paused':
      return queue ? t.paused(names.queue(queue)) : text
    case 'delay': {
      const rest = duration(left)
      return queue && rest ? t.delay(names.queue(queue), rest) : text
    }
    case 'condition':
      return clause ? `${t.condition} ${clause}` : text
    case 'least_loaded':
      return load && capacity ? t.least_loaded(load, capacity) : text
    case 'more_loaded':
      return load && capacity ? t.more_loaded(load, capacity) : text
    case 'most_skilled':
      return levels ? t.most_skilled(levels) : text
    case 'less_skilled':
      return levels && first ? t.less_skilled(levels, first) : text
    case 'first_by_attributes':
      return values ? t.first_by_attributes(values) : text
    case 'later_by_attributes':
      return values ? t.later_by_attributes(values) : t.withoutAttributes
    case 'later_level':
      return queue && level && first ? t.later_level(names.queue(queue), level, first) : text
    case 'fewer_preferred':
      return has && first ? t.fewer_preferred(has, first) : text
    case 'less_idle': {
      const since = duration(idle)
      return since ? t.less_idle(since) : text
    }
    case 'nobody_else':
    case 'anyone':
    case 'condition_met':
    case 'next_in_line':
    case 'equal':
    case 'not_their_turn':
      return t[code]
    default:
      return text
  }
}
