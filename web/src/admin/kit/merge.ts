/** A place in an entry: field, then key by key. */
export type Path = readonly string[]

/** Where two who began with the same differ; `side` says who changed it. */
export type Difference = { path: Path; base: unknown; mine: unknown; theirs: unknown; side: Side | 'both' }
export type Side = 'mine' | 'theirs'

type Tree = Readonly<Record<string, unknown>>

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => equal(one, b[i]))
  if (!isTree(a) || !isTree(b)) return false
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => equal(a[key], b[key]))
}

function at(tree: unknown, key: string): unknown {
  return isTree(tree) && Object.hasOwn(tree, key) ? tree[key] : undefined
}

function keysOf(...trees: unknown[]): string[] {
  return [...new Set(trees.flatMap((tree) => (isTree(tree) ? Object.keys(tree) : [])))]
}

/** Where mine and theirs differ, key by key; a list is one thing. */
export function differences(base: unknown, mine: unknown, theirs: unknown, path: Path = []): Difference[] {
  if (equal(mine, theirs)) return []
  if (isTree(mine) && isTree(theirs)) {
    return keysOf(theirs, mine).flatMap((key) => differences(at(base, key), at(mine, key), at(theirs, key), [...path, key]))
  }
  return [{ path, base, mine, theirs, side: equal(base, mine) ? 'theirs' : equal(base, theirs) ? 'mine' : 'both' }]
}

/** Puts mine and theirs together: what they differ in is taken from the side that is chosen. */
export function merge(base: unknown, mine: unknown, theirs: unknown, choose: (difference: Difference) => Side): unknown {
  const walk = (b: unknown, m: unknown, t: unknown, path: Path): unknown => {
    if (equal(m, t)) return t
    if (!isTree(m) || !isTree(t)) {
      const [difference] = differences(b, m, t, path)
      return difference && choose(difference) === 'mine' ? m : t
    }
    const entries = keysOf(t, m).map((key): [string, unknown] => [key, walk(at(b, key), at(m, key), at(t, key), [...path, key])])
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
  }
  return walk(base, mine, theirs, [])
}

/** Which side a difference is taken from unless somebody says otherwise: whose change it is; of both, mine. */
export function usual({ side }: Difference): Side {
  return side === 'theirs' ? 'theirs' : 'mine'
}

/** A value as lines that can be compared, without what is there for the screen only. */
export function linesOf(value: unknown, indent = ''): string[] {
  if (value === undefined || value === '' || value === null) return []
  if (Array.isArray(value)) {
    if (value.every((one) => typeof one !== 'object' || one === null)) return value.map((one) => `${indent}${String(one)}`)
    return value.flatMap((one) => {
      const [first = '', ...rest] = linesOf(one, indent + '  ')
      return [`${indent}- ${first.trimStart()}`, ...rest]
    })
  }
  if (isTree(value)) {
    return Object.entries(value)
      .filter(([key]) => key !== 'key')
      .flatMap(([key, one]) => {
        const inner = linesOf(one, indent + '  ')
        if (inner.length === 0) return []
        return typeof one === 'object' ? [`${indent}${key}:`, ...inner] : [`${indent}${key}: ${inner.join('\n').trim()}`]
      })
  }
  return [`${indent}${typeof value === 'string' ? value : JSON.stringify(value)}`]
}
