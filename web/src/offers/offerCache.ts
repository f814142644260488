import type { QueryClient } from '@tanstack/react-query'
import { keys } from '../api/keys'
import type { Offer } from '../api/types'
import { observeServerNow } from '../lib/clock'

/** An offer, and when it came by this machine's steady clock: countdowns depend on no wall clock. */
export type HeldOffer = Offer & { receivedAt: number }

export function hold(offer: Offer): HeldOffer {
  observeServerNow(offer.server_now)
  return { ...offer, receivedAt: performance.now() }
}

/** Milliseconds left to answer. */
export function timeLeft(offer: HeldOffer, now: number = performance.now()): number {
  return Math.max(0, Date.parse(offer.deadline) - Date.parse(offer.server_now) - (now - offer.receivedAt))
}

/** Milliseconds from offer to deadline, for the ring. */
export function timeWhole(offer: Offer): number {
  return Math.max(1, Date.parse(offer.deadline) - Date.parse(offer.created_at))
}

/** Offers that are over. An answer that was under way when one ended must not bring it back. */
const ended = new Set<string>()

/** What was fetched, with what was pushed since it was asked for and without what ended meanwhile. */
export function merge(fetched: HeldOffer[], known: readonly HeldOffer[], askedAt: number): HeldOffer[] {
  const pushed = known.filter((offer) => offer.receivedAt >= askedAt && !fetched.some((one) => one.id === offer.id))
  return [...fetched, ...pushed].filter((offer) => !ended.has(offer.id))
}

export function addOffer(client: QueryClient, offer: Offer): void {
  const held = hold(offer)
  client.setQueryData<HeldOffer[]>(keys.reservations, (all = []) => [...all.filter((other) => other.id !== offer.id), held])
}

export function removeOffer(client: QueryClient, id: string): void {
  ended.add(id)
  client.setQueryData<HeldOffer[]>(keys.reservations, (all) => all?.filter((other) => other.id !== id))
}
