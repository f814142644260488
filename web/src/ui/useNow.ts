import { useEffect, useState } from 'react'
import { serverNow } from '../lib/clock'

/** The server's time, again every so many milliseconds. */
export function useNow(every: number): number {
  const [now, setNow] = useState(serverNow)
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), every)
    return () => clearInterval(timer)
  }, [every])
  return now
}
