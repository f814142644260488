import { useFormat, useText } from '../i18n'
import { slaText } from '../i18n/sla'
import { Ring } from './Ring'
import classes from './Sla.module.css'

/** How many conversations are at risk and how many are overdue; what there is none of is not shown. */
export function SlaCounts({ warned, breached }: { warned: number; breached: number }) {
  const t = useText(slaText)
  const format = useFormat()
  const words = t.live.cell(format.number(warned), format.number(breached))
  return (
    <span className={classes.pair} title={words}>
      <span className="sx-hidden">{words}</span>
      {warned > 0 && (
        <span className={classes.risk} aria-hidden="true">
          <Ring state="warned" share={0.3} size={12} />
          {format.number(warned)}
        </span>
      )}
      {breached > 0 && (
        <span className={classes.bad} aria-hidden="true">
          <Ring state="breached" share={0} size={12} />
          {format.number(breached)}
        </span>
      )}
      {warned + breached === 0 && (
        <span className={classes.zero} aria-hidden="true">
          {format.number(0)}
        </span>
      )}
    </span>
  )
}
