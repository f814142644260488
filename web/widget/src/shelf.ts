/** What is kept between visits, shared by the tabs of one site. */
export type Shelf = {
  get(key: string): string | null
  set(key: string, value: string): void
  remove(key: string): void
  /** The keys that begin so, in no order. */
  keys(prefix: string): string[]
}

export function memoryShelf(): Shelf {
  const all = new Map<string, string>()
  return {
    get: (key) => all.get(key) ?? null,
    set: (key, value) => void all.set(key, value),
    remove: (key) => void all.delete(key),
    keys: (prefix) => [...all.keys()].filter((k) => k.startsWith(prefix)),
  }
}

/** The browser's storage, or this page's memory where there is none or it is full. */
export function browserShelf(): Shelf {
  const memory = memoryShelf()
  let storage: Storage
  try {
    storage = window.localStorage
    storage.setItem('seax', '1')
    storage.removeItem('seax')
  } catch {
    return memory
  }
  return {
    get: (key) => memory.get(key) ?? storage.getItem(key),
    set(key, value) {
      try {
        storage.setItem(key, value)
        memory.remove(key)
      } catch {
        memory.set(key, value)
      }
    },
    remove(key) {
      memory.remove(key)
      storage.removeItem(key)
    },
    keys: (prefix) => [...new Set([...Object.keys(storage).filter((k) => k.startsWith(prefix)), ...memory.keys(prefix)])],
  }
}
