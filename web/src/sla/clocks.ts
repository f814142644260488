import type { Sla, SlaClock } from '../api/types'

/** A clock as it is at a moment: between what is pushed, time passes. */
export type Reading = {
  clock: SlaClock
  state: Sla['state']
  /** Milliseconds left; negative: by how much it is over. */
  left: number
  /** The share of the time promised that is left, 0 to 1. */
  share: number
}

/** Where a clock stands now: what comes at its due time need not be told. */
export function readClock(clock: SlaClock, now: number): Reading {
  const running = clock.due_at !== undefined
  const left = clock.due_at === undefined ? clock.left_s * 1000 : Date.parse(clock.due_at) - now
  const passed = (at: string | undefined) => at !== undefined && Date.parse(at) <= now
  let state = clock.state
  if (running && state !== 'breached') {
    if (passed(clock.due_at)) state = 'breached'
    else if (passed(clock.warn_at)) state = 'warned'
  }
  return { clock, state, left, share: Math.min(1, Math.max(0, left / (clock.target_s * 1000))) }
}

/** The clock to look at: the customer's next answer, if they wait for one; else what is due first. */
export function headline(sla: Sla, now: number): Reading | undefined {
  return readings(sla, now)[0]
}

/** All clocks, the one to look at first. */
export function readings(sla: Sla, now: number): Reading[] {
  return sla.clocks.map((clock) => readClock(clock, now)).sort((a, b) => order(a) - order(b))
}

function order({ clock, state }: Reading): number {
  return (clock.due_at === undefined ? (state === 'breached' ? 2 : 4) : 0) + (clock.target === 'resolution' ? 1 : 0)
}

/** How often a reading changes what is shown: by the second near its end, by the minute else. */
export function refreshEvery(left: number | undefined): number {
  return left !== undefined && Math.abs(left) < 100_000 ? 1000 : 10_000
}
