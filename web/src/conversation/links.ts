export type TextPart = { text: string; href?: string }

const address = /https?:\/\/[^\s<>"'`]+/gi

/** Takes http(s) addresses out of a text; what follows an address as punctuation stays text. */
export function splitLinks(text: string): TextPart[] {
  const parts: TextPart[] = []
  let end = 0
  for (const match of text.matchAll(address)) {
    const found = trimmed(match[0])
    const link = safeLink(found)
    if (!link) continue
    if (match.index > end) parts.push({ text: text.slice(end, match.index) })
    parts.push({ text: found, href: link.href })
    end = match.index + found.length
  }
  if (end < text.length) parts.push({ text: text.slice(end) })
  return parts
}

/** An address that may be followed: of the web, and without a password that would tell where it leads falsely. */
export function safeLink(found: string): { href: string; host: string } | undefined {
  if (!URL.canParse(found)) return undefined
  const url = new URL(found)
  if ((url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '' || url.password !== '') return undefined
  return { href: url.href, host: url.host }
}

function trimmed(found: string): string {
  let link = found.replace(/[.,;:!?…。、]+$/u, '')
  while (link.endsWith(')') && count(link, ')') > count(link, '(')) link = link.slice(0, -1)
  return link
}

function count(text: string, character: string): number {
  return text.split(character).length - 1
}
