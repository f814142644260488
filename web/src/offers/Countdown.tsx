import { useEffect, useState } from 'react'
import { useText } from '../i18n'
import { offersText } from '../i18n/offers'
import { timeLeft, timeWhole, type HeldOffer } from './offerCache'
import classes from './Offers.module.css'

const radius = 22
const around = 2 * Math.PI * radius

/** The time left as a ring that empties, with the seconds inside. */
export function Countdown({ offer, size }: { offer: HeldOffer; size: number }) {
  const t = useText(offersText)
  const [left, setLeft] = useState(() => timeLeft(offer))
  useEffect(() => {
    const timer = setInterval(() => setLeft(timeLeft(offer)), 250)
    return () => clearInterval(timer)
  }, [offer])
  const seconds = Math.ceil(left / 1000)
  const share = Math.min(1, left / timeWhole(offer))
  return (
    <span className={classes.ring} style={{ width: size, height: size, fontSize: size * 0.34 }} data-soon={seconds <= 8} data-testid="offer-countdown">
      <svg viewBox="0 0 52 52" aria-hidden="true">
        <circle cx="26" cy="26" r={radius} className={classes.ringTrack} />
        <circle cx="26" cy="26" r={radius} className={classes.ringFill} strokeDasharray={around} strokeDashoffset={around * (1 - share)} />
      </svg>
      <span className={classes.seconds} aria-hidden="true">
        {seconds}
      </span>
      <span className="sx-hidden">{t.left(seconds)}</span>
    </span>
  )
}
