import { useFormat, useText } from '../i18n'
import { inboxText } from '../i18n/inbox'
import classes from './WaitMark.module.css'

const minute = 60_000

/** How long a customer has waited for an answer; warmer the longer. */
export function WaitMark({ since, now }: { since: string; now: number }) {
  const t = useText(inboxText)
  const format = useFormat()
  const waited = Math.max(0, now - Date.parse(since))
  const warm = waited < 5 * minute ? 0 : waited < 15 * minute ? 1 : waited < 30 * minute ? 2 : 3
  const time = format.duration(waited)
  return (
    <span className={classes.mark} data-warm={warm} title={t.waiting(time)}>
      <span className={classes.dot} aria-hidden="true" />
      <span className="sx-hidden">{t.waiting(time)}</span>
      <span aria-hidden="true">{time}</span>
    </span>
  )
}
