import type { PlanFinding } from '../../api/types'
import type { Catalog } from '../../i18n/core'
import type { plans } from '../../i18n/en/plans'

export type Finding = PlanFinding & { doubt: boolean }

/** What the server found at a place and in it, the nearest first; `deep` false: at the place alone. */
export function findingsAt(findings: readonly Finding[], place: string, deep = false): Finding[] {
  return findings.filter(({ at }) => at === place || (deep && at.startsWith(place) && (at[place.length] === '.' || at[place.length] === '[')))
}

type Words = Catalog<typeof plans>['findings']

/** A finding in words of the language chosen; of a kind that is unknown here, in the server's. */
export function findingText({ code, args, words }: Pick<PlanFinding, 'code' | 'args' | 'words'>, t: Words): string {
  if (!Object.hasOwn(t, code)) return words
  const say: (...args: string[]) => string = t[code as keyof Words]
  return say(...args)
}

/** The part of a condition's text that an error is about: from its place to the end of the word there. */
export function wordAt(text: string, line: number, column: number): [start: number, end: number] {
  const lines = text.split('\n')
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0)
  const own = lines[line - 1] ?? ''
  // Columns count characters, not halves of them.
  const skipped = Array.from(own).slice(0, column - 1).join('').length
  const start = Math.min(before + skipped, text.length)
  const word = /^(\.?[\p{L}\p{N}_]+|\S)/u.exec(own.slice(skipped))?.[0] ?? ''
  return [start, start + word.length]
}

/** The server's places in requests that do not fit its schema ("plan.rules.0.when") as those in plans ("rules[0].when"). */
export function placeOf(field: string): string {
  return field.replace(/^plan\./, '').replace(/\.(\d+)(?=\.|$)/g, '[$1]')
}
