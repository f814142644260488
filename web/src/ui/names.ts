const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** An address that means something to people: a number or an email address, not the id some channels give their visitors. */
export function readableAddress(address: string): string {
  return uuid.test(address) ? '' : address
}

/** Four characters that stay the same for the same contact, so that two people without a name can be told apart. */
export function shortCode(id: string): string {
  return id.slice(-4).toUpperCase()
}

const hangul = /^[\u3131-\uD79D]/

/** One or two letters: "Ana Lopez" AL, "김민수" 민수, "+82 10…" #. */
export function initials(name: string): string {
  const trimmed = name.trim()
  if (!trimmed) return '?'
  const words = trimmed.split(/[\s@._-]+/).filter((word) => /^\p{L}/u.test(word))
  const [first, second] = words
  if (!first) return '#'
  if (hangul.test(first)) return Array.from(first).slice(-2).join('')
  return initial(first) + (second ? initial(second) : '')
}

function initial(word: string): string {
  return (Array.from(word)[0] ?? '').toUpperCase()
}

/** One of eight tints, always the same for the same seed. */
export function tint(seed: string): number {
  let hash = 0
  for (let i = 0; i < seed.length; i++) hash = (hash * 31 + seed.charCodeAt(i)) >>> 0
  return hash % 8
}
