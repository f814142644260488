import type { Capabilities } from '../api/types'

export type TextUnit = Capabilities['text_unit']

const encoder = new TextEncoder()

/** How long a text is, in the unit in which the channel counts. */
export function lengthIn(text: string, unit: TextUnit): number {
  if (unit === 'bytes') return encoder.encode(text).length
  if (unit === 'utf16') return text.length
  return Array.from(text).length
}
