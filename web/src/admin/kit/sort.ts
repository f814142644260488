export type SortValue = string | number | boolean | undefined
export type Sort = { column: string; direction: 'asc' | 'desc' }

/** A new list in order of a value; rows without one come last either way, equal rows keep their order. */
export function sortRows<Row>(rows: readonly Row[], value: (row: Row) => SortValue, direction: 'asc' | 'desc', language: string): Row[] {
  const words = new Intl.Collator(language, { numeric: true, sensitivity: 'base' })
  const sign = direction === 'asc' ? 1 : -1
  return [...rows].sort((a, b) => {
    const x = value(a)
    const y = value(b)
    if (x === undefined || y === undefined) return x === y ? 0 : x === undefined ? 1 : -1
    if (typeof x === 'string' && typeof y === 'string') return sign * words.compare(x, y)
    return sign * (Number(x) - Number(y))
  })
}

/** Whether all words of the search are somewhere in the texts. */
export function matchesSearch(search: string, ...texts: (string | undefined)[]): boolean {
  const all = texts.join(' \n').toLocaleLowerCase()
  return search
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word))
}
