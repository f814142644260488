import { useEffect, useState } from 'react'
import type { Sla } from '../api/types'
import { serverNow } from '../lib/clock'
import { readings, refreshEvery, type Reading } from './clocks'

/** A conversation's clocks as they stand, read again as often as that changes anything; the one to look at first. */
export function useReadings(sla: Sla | undefined): Reading[] {
  const [now, setNow] = useState(serverNow)
  const all = sla ? readings(sla, now) : []
  const running = all.filter(({ clock }) => clock.due_at !== undefined)
  const every = refreshEvery(running.length > 0 ? Math.min(...running.map(({ left }) => Math.abs(left))) : undefined)
  const ticks = running.length > 0
  useEffect(() => {
    if (!ticks) return
    const timer = setInterval(() => setNow(serverNow()), every)
    return () => clearInterval(timer)
  }, [every, ticks])
  return all
}
