import type { Path } from './merge'

/** What an editor must know of its entry so that two may edit it at once. */
export type Together<V, E> = {
  /** The entry as it was read; undefined: it is new. */
  entry: E | undefined
  versionOf: (entry: E) => number | undefined
  /** Reads it again; undefined: it is gone. */
  latest: () => Promise<E | undefined>
  valuesOf: (entry: E) => V
  /** What a field is called. */
  label: (path: Path) => string
  /** Whether a value is never shown. */
  secret?: (path: Path) => boolean
  /** How values are taken apart for comparison, if not as they are. */
  parts?: { of: (values: V) => unknown; together: (parts: unknown) => V }
}

/** Somebody else has changed it since it was read. */
export type Meanwhile<V> = { asked: 'save' | 'delete'; base: V; mine: V; theirs: V; version: number | undefined }
