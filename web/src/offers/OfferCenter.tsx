import { lazy, Suspense, useEffect, useRef } from 'react'
import { useActions } from '../app/actions'
import { useText } from '../i18n'
import { offersText } from '../i18n/offers'
import { workText } from '../i18n/work'
import { armSound, playOffer } from '../lib/sound'
import { useChannelName } from '../ui/ChannelIcon'
import { useContactName } from '../ui/useContactName'
import type { HeldOffer } from './offerCache'
import classes from './Offers.module.css'
import { useAnswer, useOffers } from './useOffers'

const loadCard = () => import('./OfferCard')
const OfferCard = lazy(loadCard)

/** Offers over whatever page is open, the oldest first; with sound, title and keys. */
export function OfferCenter() {
  const t = useText(offersText)
  const { keys } = useText(workText)
  const offers = useOffers()
  const answer = useAnswer()
  const first = offers[0]

  useEffect(() => armSound(), [])
  // Not needed for the first screen, but without delay when the first offer comes.
  useEffect(() => {
    const timer = setTimeout(() => void loadCard(), 1500)
    return () => clearTimeout(timer)
  }, [])
  useAttention(offers)
  useActions([
    { id: 'accept', label: keys.accept, group: 'offers', keys: 'alt+a', enabled: first !== undefined, run: () => first && answer.accept.mutate(first) },
    { id: 'reject', label: keys.reject, group: 'offers', keys: 'alt+r', enabled: first !== undefined, run: () => first && answer.reject.mutate({ offer: first }) },
  ])

  return (
    <section className={classes.center} aria-label={t.label} hidden={offers.length === 0}>
      <Announcer newest={offers.at(-1)} />
      <Suspense fallback={null}>
        {offers.map((offer, index) => (
          <OfferCard key={offer.id} offer={offer} answer={answer} first={index === 0} compact={index > 0} />
        ))}
      </Suspense>
    </section>
  )
}

function Announcer({ newest }: { newest: HeldOffer | undefined }) {
  const t = useText(offersText)
  const channelName = useChannelName()
  const contactName = useContactName()
  return (
    <div className="sx-hidden" aria-live="assertive">
      {newest && t.announce(contactName(newest.conversation), channelName(newest.conversation.channel.kind))}
    </div>
  )
}

/** A sound for each new offer, and a title that blinks while one waits. */
function useAttention(offers: HeldOffer[]): void {
  const t = useText(offersText)
  const known = useRef(new Set<string>())
  const count = offers.length

  useEffect(() => {
    const fresh = offers.some((offer) => !known.current.has(offer.id))
    known.current = new Set(offers.map((offer) => offer.id))
    if (fresh) playOffer()
  }, [offers])

  useEffect(() => {
    if (count === 0) return
    const before = document.title
    const blinking = `● ${t.titleBlink(count)}`
    let on = true
    document.title = blinking
    const timer = setInterval(() => {
      on = !on
      document.title = on ? blinking : before
    }, 1000)
    return () => {
      clearInterval(timer)
      document.title = before
    }
  }, [count, t])
}
