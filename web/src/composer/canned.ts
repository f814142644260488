import type { CannedReply } from '../api/types'

export type CannedQuery = { start: number; end: number; words: string }

/** The "/word" the caret stands in, at the beginning of the text or after a space. */
export function cannedQuery(text: string, caret: number): CannedQuery | null {
  const before = text.slice(0, caret)
  const match = /(?:^|\s)\/([^\s/]*)$/u.exec(before)
  if (!match) return null
  const words = match[1] ?? ''
  return { start: caret - words.length - 1, end: caret, words }
}

/** Those that fit, the best first: shortcuts that begin with the word, the customer's language before others. */
export function matchCanned(replies: readonly CannedReply[], words: string, language: string): CannedReply[] {
  const wanted = words.toLocaleLowerCase()
  const score = (reply: CannedReply): number => {
    const shortcut = reply.shortcut.toLocaleLowerCase()
    const found = shortcut.startsWith(wanted) ? 4 : shortcut.includes(wanted) || reply.title.toLocaleLowerCase().includes(wanted) ? 2 : reply.body.toLocaleLowerCase().includes(wanted) ? 1 : 0
    return found === 0 ? 0 : found * 2 + (reply.locale === language ? 1 : 0)
  }
  return replies
    .map((reply) => ({ reply, points: score(reply) }))
    .filter(({ points }) => points > 0)
    .toSorted((a, b) => b.points - a.points || a.reply.shortcut.localeCompare(b.reply.shortcut))
    .map(({ reply }) => reply)
}

export type CannedValues = { contact: { name: string }; agent: { name: string } }

/** Fills in {{contact.name}} and {{agent.name}}; an unknown or empty one leaves no hole behind, nor a comma before a full stop. */
export function expandCanned(body: string, values: CannedValues): string {
  const known: Record<string, string> = { 'contact.name': values.contact.name, 'agent.name': values.agent.name }
  return body
    .replaceAll(/(,?)([ \t]*)\{\{\s*([\w.]+)\s*\}\}/g, (match, comma: string, space: string, name: string, at: number) => {
      const value = known[name] ?? ''
      if (value !== '') return comma + space + value
      return /^\s*(?:[.,!?]|$)/.test(body.slice(at + match.length)) ? '' : comma
    })
    .trim()
}

/** The text with the query replaced, and where the caret goes. */
export function insertCanned(text: string, query: CannedQuery, reply: string): { text: string; caret: number } {
  const before = text.slice(0, query.start) + reply
  return { text: before + text.slice(query.end), caret: before.length }
}
