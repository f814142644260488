import type { AuditEntry } from '../../api/types'
import type { Catalog } from '../../i18n/core'
import type { audit } from '../../i18n/en/audit'

type Words = Pick<Catalog<typeof audit>, 'said' | 'one'>

/** What an entry says, as a sentence; `what` is how the thing is called in it. */
export function sentence(entry: AuditEntry, what: string, t: Words): string {
  const { by, kind, action, other } = entry
  const { said } = t
  const value = (path: string, side: 'from' | 'to') => entry.fields.find((field) => field.path === path)?.[side]
  const priority = (side: 'from' | 'to') => String(Number(value('priority', side) ?? 0))
  switch (`${kind}.${action}`) {
    case 'conversation.take_over':
      return other ? said.takenFrom(by, what, other.name) : said.taken(by, what)
    case 'conversation.assign':
      return said.assigned(by, what, other?.name ?? '')
    case 'conversation.priority':
      return said.priority(by, what, priority('from'), priority('to'))
    case 'conversation.force_wrap_up':
      return said.wrappedUp(by, what, other?.name ?? '')
    case 'queue.control':
      if (entry.fields.length !== 1) return said.change(by, t.one.queue, what)
      if (value('paused', 'to') !== undefined) return value('paused', 'to') ? said.paused(by, what) : said.resumed(by, what)
      return value('draining', 'to') ? said.draining(by, what) : said.filling(by, what)
    case 'routing.apply':
      return said.applied(by)
  }
  if (kind === 'person' && action === 'change' && value('active', 'to') === false) return said.deactivated(by, what)
  if (action === 'create' || action === 'change' || action === 'remove' || action === 'revoke') return said[action](by, t.one[kind], what)
  return said.other(by, `${kind}.${action}`, what)
}

/** Whether the sentence leaves something of what was changed unsaid. */
export function hasDetails({ kind, action, fields, entries }: AuditEntry): boolean {
  if (entries.length > 0) return true
  if (fields.length === 0 || action === 'revoke') return false
  return kind !== 'conversation' && (action !== 'control' || fields.length > 1)
}

const pages = { queue: 'queues', plan: 'plans', person: 'people', skill: 'skills', presence: 'presences', channel: 'channels', article: 'articles', reply: 'replies' } as const

/** Where the thing is that an entry is about, in the area of admins or of supervisors; nothing where it cannot be looked at any more. */
export function placeOf({ kind, action, subject }: AuditEntry, area: 'admin' | 'supervisor'): string | undefined {
  if (action === 'remove') return undefined
  if (kind === 'conversation') return `/${area}/conversations?conversation=${subject}`
  if (area === 'supervisor') return kind === 'queue' ? `/supervisor?queue=${subject}` : undefined
  if (kind === 'wallboard') return '/supervisor/wallboards'
  if (kind === 'routing') return '/admin/routing-file'
  return kind in pages ? `/admin/${pages[kind as keyof typeof pages]}/${subject}` : undefined
}

/** The moments from the first day's beginning to the last one's end, here. */
export function momentsOf({ from, to }: { from: string; to: string }): { from?: string; to?: string } {
  const begin = (day: string, later = 0) => {
    const at = new Date(`${day}T00:00`)
    at.setDate(at.getDate() + later)
    return at.toISOString()
  }
  return { ...(from ? { from: begin(from) } : {}), ...(to ? { to: begin(to, 1) } : {}) }
}
