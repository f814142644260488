import type { ConversationEvent, Delivery } from '../api/types'
import { bodyOf, type DeliveryBody } from './bodies'

/**
 * What is known of one conversation's events: a window without gaps that reaches up to the newest, plus what arrived
 * beyond a gap and waits for it to be filled. All functions are pure; an unchanged log is returned as it was.
 */
export type EventLog = {
  readonly events: readonly ConversationEvent[]
  /** Arrived, but something before them is missing. */
  readonly ahead: readonly ConversationEvent[]
  /** Whether the server has more before the window. */
  readonly older: boolean
}

export const emptyLog: EventLog = { events: [], ahead: [], older: false }

export function firstSeq(log: EventLog): number {
  return log.events[0]?.seq ?? 0
}

export function lastSeq(log: EventLog): number {
  return log.events.at(-1)?.seq ?? 0
}

/** Whether something between the window and what arrived is missing. */
export function hasGap(log: EventLog): boolean {
  return log.ahead.length > 0
}

/** The newest page: starts the log anew, keeping what was pushed while it was fetched. */
export function startLog(page: readonly ConversationEvent[], older: boolean, pushed: readonly ConversationEvent[] = []): EventLog {
  const events = sorted(page)
  const base: EventLog = { events: withDeliveries(events, events), ahead: [], older }
  return pushed.reduce(addEvent, base)
}

/** One pushed event: appended, dropped as known, or kept aside when there is a gap before it. */
export function addEvent(log: EventLog, event: ConversationEvent): EventLog {
  const last = lastSeq(log)
  if (event.seq <= last) return log
  if (event.seq > last + 1) {
    if (log.ahead.some((other) => other.seq === event.seq)) return log
    return { ...log, ahead: sorted([...log.ahead, event]) }
  }
  const run = [event]
  const rest: ConversationEvent[] = []
  for (const next of log.ahead) {
    if (next.seq <= event.seq) continue
    if (next.seq === (run.at(-1)?.seq ?? 0) + 1) run.push(next)
    else rest.push(next)
  }
  return { ...log, events: withDeliveries([...log.events, ...run], run), ahead: rest }
}

/** A page fetched with `after`: fills gaps. */
export function addNewer(log: EventLog, page: readonly ConversationEvent[]): EventLog {
  return sorted(page).reduce(addEvent, log)
}

/** A page fetched with `before`: put in front, if it ends where the window begins. */
export function addOlder(log: EventLog, page: readonly ConversationEvent[], older: boolean): EventLog {
  const first = firstSeq(log)
  const events = sorted(page).filter((event) => event.seq < first)
  const last = events.at(-1)
  if (!last) return page.length === 0 ? { ...log, older: false } : log
  if (last.seq !== first - 1) return log
  const all = [...events, ...log.events]
  return { ...log, events: withDeliveries(all, log.events), older }
}

function sorted(events: readonly ConversationEvent[]): ConversationEvent[] {
  return events.toSorted((a, b) => a.seq - b.seq)
}

const rank: Record<Delivery['status'], number> = { queued: 0, unconfirmed: 1, sent: 2, failed: 3, delivered: 4, read: 5 }

function isStatus(value: string | undefined): value is Delivery['status'] {
  return value !== undefined && Object.hasOwn(rank, value)
}

/** A status never runs backwards, except that a person's retry starts again. */
export function nextDelivery(now: Delivery | undefined, update: Delivery, retried: boolean): Delivery {
  if (retried) return { status: 'queued' }
  if (now && rank[update.status] <= rank[now.status]) return now
  return update
}

function withDeliveries(events: readonly ConversationEvent[], updates: readonly ConversationEvent[]): readonly ConversationEvent[] {
  const changed = new Map<string, { update: Delivery; retried: boolean }[]>()
  for (const event of updates) {
    const retried = event.kind === 'delivery.retried'
    if (!retried && event.kind !== 'delivery.updated') continue
    const { event_id: id, status, error, code } = bodyOf<DeliveryBody>(event)
    if (!id || (!retried && !isStatus(status))) continue
    const update: Delivery = { status: isStatus(status) ? status : 'queued', ...(error ? { error } : {}), ...(code ? { code } : {}) }
    changed.set(id, [...(changed.get(id) ?? []), { update, retried }])
  }
  if (changed.size === 0) return events
  return events.map((event) => {
    const list = changed.get(event.id)
    if (!list) return event
    const delivery = list.reduce<Delivery | undefined>((now, { update, retried }) => nextDelivery(now, update, retried), event.delivery)
    return delivery && delivery !== event.delivery ? { ...event, delivery } : event
  })
}
