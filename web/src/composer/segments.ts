/** GSM 03.38: what SMS carries in seven bits, and what takes two of them. */
const basic = new Set('@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà')
const extended = new Set('\f^{}\\[~]|€')

export type Segments = {
  encoding: 'gsm7' | 'ucs2'
  count: number
  /** What still goes into the last one. */
  left: number
}

const limits = { gsm7: { one: 160, more: 153 }, ucs2: { one: 70, more: 67 } }

/** The SMS that a text travels in. No character is divided between two. */
export function smsSegments(text: string): Segments {
  const characters = Array.from(text)
  const gsm7 = characters.every((one) => basic.has(one) || extended.has(one))
  const sizes = characters.map((one) => (gsm7 ? (extended.has(one) ? 2 : 1) : one.length))
  const encoding = gsm7 ? 'gsm7' : 'ucs2'
  const { one, more } = limits[encoding]
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (total <= one) return { encoding, count: total > 0 ? 1 : 0, left: one - total }
  let count = 1
  let used = 0
  for (const size of sizes) {
    if (used + size > more) {
      count++
      used = 0
    }
    used += size
  }
  return { encoding, count, left: more - used }
}
