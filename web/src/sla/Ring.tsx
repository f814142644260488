import type { Sla } from '../api/types'
import classes from './Sla.module.css'

const radius = 6
const around = 2 * Math.PI * radius

/** How much time is left as a ring that empties; over: a full disc with a bang, paused: two bars. The shape tells, not the color alone. */
export function Ring({ state, share, size }: { state: Sla['state']; share: number; size: number }) {
  return (
    <svg className={classes.ring} viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
      {state === 'breached' ? (
        <>
          <circle cx="8" cy="8" r="8" className={classes.disc} />
          <path d="M8 3.8v5M8 11.6v.4" className={classes.bang} />
        </>
      ) : (
        <>
          <circle cx="8" cy="8" r={radius} className={classes.track} />
          <circle cx="8" cy="8" r={radius} className={classes.arc} strokeDasharray={around} strokeDashoffset={around * (1 - share)} />
          {state === 'paused' && <path d="M6.6 5.9v4.2M9.4 5.9v4.2" className={classes.bars} />}
        </>
      )}
    </svg>
  )
}
