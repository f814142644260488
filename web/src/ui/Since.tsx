import { useFormat } from '../i18n'
import { useNow } from './useNow'
import classes from './Since.module.css'

/** From how many seconds on a wait counts as warm, hot, burning. */
const warmth = [60, 180, 600] as const

function warmthOf(ms: number): number {
  return warmth.filter((seconds) => ms >= seconds * 1000).length
}

type Props = { since: string | undefined; none?: string; warm?: boolean }

/** How long something lasts already, second by second; with `warm` the color says how long that is. */
export function Since({ since, none = '–', warm = false }: Props) {
  const format = useFormat()
  const now = useNow(1000)
  if (!since) return <span className={classes.none}>{none}</span>
  // The two clocks may differ by a blink; nothing lasts less than no time.
  const ms = Math.max(0, Math.floor((now - Date.parse(since)) / 1000) * 1000)
  return (
    <time className={classes.since} dateTime={since} data-warmth={warm ? warmthOf(ms) : undefined} title={format.dateTime(since)}>
      {ms < 86_400_000 ? format.countdown(ms) : format.duration(ms)}
    </time>
  )
}
