import type { Item } from './types.ts'

/** The visitor's messages by number. Numbers have no gaps, so what is missing is known. */
export class Feed {
  private byN = new Map<number, Item>()
  private sorted: Item[] | null = []
  private first = 1
  private through = 0

  /** The newest number up to which nothing is missing. */
  get last(): number {
    return this.through
  }

  /** Something newer than `last` is here already, or announced: what lies between must be fetched. */
  get gap(): boolean {
    for (const n of this.byN.keys()) if (n > this.through) return true
    return false
  }

  /** There are earlier messages that are not here. */
  get earlier(): boolean {
    return this.first > 1 && this.byN.size > 0
  }

  get firstN(): number {
    return this.first
  }

  get items(): Item[] {
    this.sorted ??= [...this.byN.values()].sort((a, b) => a.n - b.n)
    return this.sorted
  }

  has(id: string): boolean {
    return this.items.some((i) => i.id === id)
  }

  /** Starts with the newest page; forgets everything else unless it continues what is here. */
  start(items: Item[], last: number): void {
    const begin = items[0]?.n ?? last + 1
    if (begin > this.through + 1 || last < this.through) this.byN.clear()
    if (this.byN.size === 0) {
      this.first = begin
      this.through = begin - 1
    }
    this.add(items)
  }

  /** Takes in items in any order, known ones too. */
  add(items: Item[]): void {
    for (const item of items) {
      const known = this.byN.get(item.n)
      // The server's word on an item is better than what we made of the answer to our own message.
      this.byN.set(item.n, known ? { ...known, ...item } : item)
    }
    while (this.byN.has(this.through + 1)) this.through++
    this.sorted = null
  }

  /** Takes in a page of earlier items, which end where ours begin. */
  prepend(items: Item[]): void {
    const begin = items[0]?.n
    if (begin === undefined) {
      this.first = 1
      return
    }
    this.add(items)
    this.first = Math.min(this.first, begin)
  }

  clear(): void {
    this.byN.clear()
    this.sorted = []
    this.first = 1
    this.through = 0
  }
}
