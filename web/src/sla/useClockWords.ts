import { useFormat, useText } from '../i18n'
import { slaText } from '../i18n/sla'
import type { Reading } from './clocks'

export type ClockWords = { name: string; short: string; full: string }

/** A clock in words: its name, the time alone as rows show it, and all of it. */
export function useClockWords(): (reading: Reading) => ClockWords {
  const t = useText(slaText)
  const format = useFormat()
  return ({ clock, state, left }) => {
    const name = t.target[clock.target]
    const time = format.duration(Math.abs(left))
    switch (state) {
      case 'breached':
        if (clock.due_at === undefined) return { name, short: t.late, full: t.breachedPaused(name) }
        return { name, short: t.over(time), full: t.breached(name, time) }
      case 'paused':
        return { name, short: time, full: t.paused(name, time) }
      case 'warned':
        return { name, short: time, full: t.warned(name, time) }
      case 'ok':
        return { name, short: time, full: t.left(name, time) }
    }
  }
}
