import type { RoutingChange, RoutingDifference, RoutingField } from '../../api/types'

export const kinds = ['skill', 'presence', 'queue', 'plan', 'person'] as const
export const actions = ['added', 'changed', 'removed', 'same'] as const
export type Kind = (typeof kinds)[number]
export type Action = (typeof actions)[number]

export type Group = { kind: Kind; entries: RoutingChange[]; same: string[] }

/** The entries of a difference by what they are; those that stay the same by their ids only. */
export function groupsOf(difference: RoutingDifference): Group[] {
  return kinds
    .map((kind) => {
      const all = difference.entries.filter((entry) => entry.kind === kind)
      return { kind, entries: all.filter((entry) => entry.action !== 'same'), same: all.filter((entry) => entry.action === 'same').map((entry) => entry.id) }
    })
    .filter((group) => group.entries.length + group.same.length > 0)
}

export function countOf(difference: RoutingDifference, action: Action): number {
  return difference.entries.filter((entry) => entry.action === action).length
}

export function changesOf(difference: RoutingDifference): number {
  return difference.entries.length - countOf(difference, 'same')
}

/** A value as people read it: texts as they are, the rest as JSON; nothing where there is none. */
export function shown(field: RoutingField, side: 'from' | 'to'): string | undefined {
  if (!(side in field)) return undefined
  const value = field[side]
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value)
}

/** Where a line and column, both from 1, are in a text, and where that line ends. */
export function rangeOf(text: string, line: number, column: number): [start: number, end: number] {
  let begin = 0
  for (let n = 1; n < line; n++) {
    const next = text.indexOf('\n', begin)
    if (next < 0) break
    begin = next + 1
  }
  const next = text.indexOf('\n', begin)
  const end = next < 0 ? text.length : next
  // Columns count characters, not halves of them.
  const before = Array.from(text.slice(begin, end)).slice(0, column - 1).join('')
  return [Math.min(begin + before.length, end), end]
}

/** The text of a file, or nothing if it is not UTF-8. */
export async function textOf(file: Blob): Promise<string | undefined> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer())
  } catch {
    return undefined
  }
}
