/** The difference between the server's clock and this browser's, so that deadlines are shown by the server's. */
let offset = 0
let exact = false

/** The Date header has whole seconds, so only a clear difference is believed. */
export function observeServerDate(header: string | null): void {
  if (exact || !header) return
  const at = Date.parse(header)
  if (Number.isNaN(at)) return
  const difference = at + 500 - Date.now()
  offset = Math.abs(difference) > 2000 ? difference : 0
}

/** A time the server wrote into a body it has just sent. */
export function observeServerNow(now: string): void {
  const at = Date.parse(now)
  if (Number.isNaN(at)) return
  offset = at - Date.now()
  exact = true
}

export function serverNow(): number {
  return Date.now() + offset
}
