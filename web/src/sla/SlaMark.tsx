import type { Sla } from '../api/types'
import { useFormat } from '../i18n'
import type { Reading } from './clocks'
import { Ring } from './Ring'
import classes from './Sla.module.css'
import { useClockWords } from './useClockWords'
import { useReadings } from './useReadings'

type Props = { sla: Sla; name?: boolean; size?: number }

/** The clock to look at: a ring that empties and the time left, amber when it is at risk, red when it is over. `name` says what is due, too. */
export function SlaMark({ sla, name = false, size = 13 }: Props) {
  const all = useReadings(sla)
  const [first, ...rest] = all
  if (!first) return null
  return <Mark reading={first} rest={rest} name={name} size={size} />
}

function Mark({ reading, rest, name, size }: { reading: Reading; rest: Reading[]; name: boolean; size: number }) {
  const words = useClockWords()
  const format = useFormat()
  const told = words(reading)
  const { due_at: due } = reading.clock
  const all = [due ? `${told.full} (${format.stamp(due)})` : told.full, ...rest.map((other) => words(other).full)].join('\n')
  return (
    <span className={classes.mark} data-state={reading.state} data-also={rest.some((other) => other.state === 'breached') || undefined} data-testid="sla" title={all}>
      <Ring state={reading.state} share={reading.share} size={size} />
      <span aria-hidden="true">
        {name && <span className={classes.what}>{told.name} </span>}
        {told.short}
      </span>
      <span className="sx-hidden">{all}</span>
    </span>
  )
}
