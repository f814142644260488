import type { AgentOrder, OverflowTarget, Queue, SortKey } from '../../api/types'

export const reasons = ['full', 'closed', 'unstaffed', 'draining'] as const
export type Reason = (typeof reasons)[number]

/** Whom a queue asks and what it turns away, as the form holds it. */
export type RoutingValues = {
  order: AgentOrder | ''
  order_by: SortKey[]
  width: number | string
  /** '' : any number. */
  max_waiting: number | string
  members_when: string
  overflow: Partial<Record<Reason, OverflowTarget>>
}

export function routingValues(queue: Queue | undefined): RoutingValues {
  return {
    order: queue?.order ?? '',
    order_by: queue?.order_by ?? [],
    width: queue?.width ?? 1,
    max_waiting: queue?.max_waiting ?? '',
    members_when: queue?.members_when ?? '',
    overflow: queue?.overflow ?? {},
  }
}

/** As the API wants it: nothing of what is not set. */
export function routingBody(values: RoutingValues): Pick<Queue, 'order' | 'order_by' | 'width' | 'max_waiting' | 'members_when' | 'overflow'> {
  const { order, order_by, width, max_waiting, members_when, overflow } = values
  const kept = Object.fromEntries(reasons.flatMap((reason) => (overflow[reason] ? [[reason, overflow[reason]]] : [])))
  return {
    ...(order === '' ? {} : { order }),
    ...(order_by.length === 0 ? {} : { order_by }),
    ...(width === '' ? {} : { width: Number(width) }),
    ...(max_waiting === '' ? {} : { max_waiting: Number(max_waiting) }),
    ...(members_when.trim() === '' ? {} : { members_when }),
    ...(Object.keys(kept).length === 0 ? {} : { overflow: kept }),
  }
}
