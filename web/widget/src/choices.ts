import type { Item, State } from './types.ts'

/** What the ids of a rating's options look like (workflows/flow/rate.go). */
const ratingId = /^rate\/\d+$/

/** For so long a rating may be given although something else was said meanwhile; then whoever has not given it does not (there, too). */
const ratingStays = 10 * 60_000

export function isRating(item: Item): boolean {
  return item.options !== undefined && item.options.length > 0 && item.options.every((o) => ratingId.test(o.id))
}

/** What can be answered with a press: the last thing said, or a rating to which something else was said. */
export function choosable(items: readonly Item[], state: State, now: number): Item | undefined {
  const last = items.at(-1)
  if (last?.options && last.from.kind !== 'customer') return last
  if (state.phase !== 'flow') return undefined
  const newest = items.findLast((item) => item.from.kind === 'agent' || isRating(item) || ratingId.test(item.choice ?? ''))
  return newest && isRating(newest) && now - Date.parse(newest.at) < ratingStays ? newest : undefined
}
