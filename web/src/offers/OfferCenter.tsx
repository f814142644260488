import { lazy, Suspense, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react'
import { useActions } from '../app/actions'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { offersText } from '../i18n/offers'
import { workText } from '../i18n/work'
import { useConversationList } from '../inbox/useConversationList'
import { armSound, playOffer } from '../lib/sound'
import { useChannelName } from '../ui/ChannelIcon'
import { useContactName } from '../ui/useContactName'
import type { HeldOffer } from './offerCache'
import { OfferRow } from './OfferRow'
import classes from './Offers.module.css'
import { useAnswer, useOffers } from './useOffers'

const loadCard = () => import('./OfferCard')
const OfferCard = lazy(loadCard)

type Props = {
  /** A conversation has the phone's whole screen: offers are rows above its messages until one is opened. */
  cramped: boolean
}

/** Offers over whatever page is open: one in full, the others in a line each; with sound, title and keys. */
export function OfferCenter({ cramped }: Props) {
  const t = useText(offersText)
  const { keys } = useText(workText)
  const offers = useOffers()
  const answer = useAnswer()
  const [opened, setOpened] = useState<string>()
  const full = offers.find((offer) => offer.id === opened) ?? (cramped ? undefined : offers[0])
  const rows = offers.filter((offer) => offer !== full)
  const next = full ?? offers[0]

  useEffect(() => armSound(), [])
  // Not needed for the first screen, but without delay when the first offer comes.
  useEffect(() => {
    const timer = setTimeout(() => void loadCard(), 1500)
    return () => clearTimeout(timer)
  }, [])
  useAttention(offers)
  useActions([
    { id: 'accept', label: keys.accept, group: 'offers', keys: 'alt+a', enabled: next !== undefined, run: () => next && answer.accept.mutate(next) },
    { id: 'reject', label: keys.reject, group: 'offers', keys: 'alt+r', enabled: next !== undefined, run: () => next && answer.reject.mutate({ offer: next }) },
  ])
  const box = useRef<HTMLElement>(null)
  useMakeRoom(box)

  return (
    <section ref={box} className={classes.center} aria-label={t.label} data-cramped={cramped} data-testid="offers" hidden={offers.length === 0}>
      <Announcer newest={offers.at(-1)} />
      {full && (
        <Suspense fallback={null}>
          <OfferCard key={full.id} offer={full} answer={answer} collapse={cramped ? () => setOpened(undefined) : undefined} />
        </Suspense>
      )}
      {rows.map((offer) => (
        <OfferRow key={offer.id} offer={offer} answer={answer} open={() => setOpened(offer.id)} />
      ))}
    </section>
  )
}

/** Lists under the offers can be scrolled up by as much as the offers take. */
function useMakeRoom(box: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const { style } = document.documentElement
    const observer = new ResizeObserver(() => style.setProperty('--sx-offers', `${element.offsetHeight}px`))
    observer.observe(element)
    return () => {
      observer.disconnect()
      style.removeProperty('--sx-offers')
    }
  }, [box])
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

/** A sound for each new offer, and the tab's title: what is unread, or the offers, blinking while they wait. */
function useAttention(offers: HeldOffer[]): void {
  const t = useText(offersText)
  const { appName } = useText(commonText)
  const unread = useConversationList('mine').items.reduce((sum, item) => sum + item.unread, 0)
  const known = useRef(new Set<string>())
  const count = offers.length
  const resting = unread > 0 ? `(${unread}) ${appName}` : appName

  useEffect(() => {
    const fresh = offers.some((offer) => !known.current.has(offer.id))
    known.current = new Set(offers.map((offer) => offer.id))
    if (fresh) playOffer()
  }, [offers])

  useEffect(() => {
    document.title = resting
    if (count === 0) return
    const blinking = `● ${t.titleBlink(count)}`
    let on = true
    document.title = blinking
    const timer = setInterval(() => {
      on = !on
      document.title = on ? blinking : resting
    }, 1000)
    return () => {
      clearInterval(timer)
      document.title = resting
    }
  }, [count, resting, t])

  // Signed out: nothing of what was there stays in the tab.
  useEffect(() => () => void (document.title = appName), [appName])
}
