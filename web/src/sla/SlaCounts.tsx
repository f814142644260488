import { useFormat, useText } from '../i18n'
import { slaText } from '../i18n/sla'
import { Ring } from './Ring'
import classes from './Sla.module.css'

/** How many conversations are at risk and how many are overdue. */
export function SlaCounts({ warned, breached }: { warned: number; breached: number }) {
  const t = useText(slaText)
  const format = useFormat()
  return (
    <span className={classes.pair} title={t.live.cell(format.number(warned), format.number(breached))}>
      <span className={`${classes.counted ?? ''} ${(warned > 0 ? classes.risk : classes.zero) ?? ''}`} aria-hidden="true">
        <Ring state="warned" share={0.25} size={12} />
        {format.number(warned)}
      </span>
      <span className={`${classes.counted ?? ''} ${(breached > 0 ? classes.bad : classes.zero) ?? ''}`} aria-hidden="true">
        <Ring state="breached" share={0} size={12} />
        {format.number(breached)}
      </span>
      <span className="sx-hidden">{t.live.cell(format.number(warned), format.number(breached))}</span>
    </span>
  )
}
