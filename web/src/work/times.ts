/** Tomorrow at nine by the local calendar. */
export function tomorrowMorning(now: number): Date {
  const at = new Date(now)
  at.setDate(at.getDate() + 1)
  at.setHours(9, 0, 0, 0)
  return at
}

/** What `<input type="datetime-local">` wants: local time without a zone. */
export function toLocalInput(time: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}T${two(time.getHours())}:${two(time.getMinutes())}`
}
