/** Days as inputs of dates write them (2026-03-02), by the local calendar. */
export type Period = { from: string; to: string }

export type Preset = 'today' | 'yesterday' | 'week' | 'month'

function dayOf(now: Date, ago: number): string {
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() - ago)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${String(day.getFullYear()).padStart(4, '0')}-${two(day.getMonth() + 1)}-${two(day.getDate())}`
}

/** The days of a preset; a week and a month are whole days until yesterday. */
export function periodOf(preset: Preset, now: Date): Period {
  const ago = { today: [0, 0], yesterday: [1, 1], week: [7, 1], month: [28, 1] } as const
  const [from, to] = ago[preset]
  return { from: dayOf(now, from), to: dayOf(now, to) }
}

/** The instants between which a period is: from its first midnight to the one after its last day. undefined: there is no such period. */
export function instantsOf({ from, to }: Period): { from: string; to: string } | undefined {
  const begins = midnight(from, 0)
  const ends = midnight(to, 1)
  if (!begins || !ends || ends <= begins) return undefined
  return { from: begins.toISOString(), to: ends.toISOString() }
}

function midnight(day: string, later: number): Date | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day)
  if (!match) return undefined
  const at = new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + later)
  return Number.isNaN(at.getTime()) ? undefined : at
}
