import type { Sla } from '../api/types'
import { useFormat, useText } from '../i18n'
import { slaText } from '../i18n/sla'
import { Ring } from './Ring'
import classes from './Sla.module.css'
import { useClockWords } from './useClockWords'
import { useReadings } from './useReadings'

/** Every clock of a conversation, one under the other. */
export function SlaClocks({ sla }: { sla: Sla }) {
  const t = useText(slaText)
  const format = useFormat()
  const words = useClockWords()
  const all = useReadings(sla)
  return (
    <dl className={classes.clocks} data-testid="sla-clocks">
      {all.map((reading) => {
        const { clock, state, share } = reading
        const told = words(reading)
        const when = clock.due_at ? t.dueAt(format.stamp(clock.due_at)) : t.whilePaused
        return (
          <div key={clock.target} className={classes.clock} data-state={state}>
            <dt>{told.name}</dt>
            <dd className={classes.time}>
              <Ring state={state} share={share} size={14} />
              <span aria-hidden="true">{told.short}</span>
              <span className="sx-hidden">{told.full}</span>
            </dd>
            <dd className={classes.due}>
              {when} · {t.of(format.duration(clock.target_s * 1000))}
            </dd>
          </div>
        )
      })}
    </dl>
  )
}
