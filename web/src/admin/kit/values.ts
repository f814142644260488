import type { LocalText } from '../../api/types'

/** An id made from a name: "Billing & Refunds" becomes "billing-refunds". */
export function slugify(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
}

export const slugPattern = /^[a-z0-9][a-z0-9_-]{0,59}$/

export type TextValues = { en: string; ko: string }

export function textValues(text?: LocalText): TextValues {
  return { en: text?.en ?? '', ko: text?.ko ?? '' }
}

/** As the API wants it: no empty translations. */
export function localText(values: TextValues): LocalText {
  const ko = values.ko.trim()
  return { en: values.en.trim(), ...(ko ? { ko } : {}) }
}

type Rules = { required: string; slug: string; slugTaken: string; range: (min: string, max: string) => string }

export function checkRequired(rules: Rules, value: string): string | null {
  return value.trim() ? null : rules.required
}

export function checkSlug(rules: Rules, value: string, taken: readonly string[]): string | null {
  if (!value) return rules.required
  if (!slugPattern.test(value)) return rules.slug
  return taken.includes(value) ? rules.slugTaken : null
}

/** An empty number input holds a text. */
export function checkNumber(rules: Rules, value: number | string, min: number, max: number): string | null {
  const inside = typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
  return inside ? null : rules.range(min.toLocaleString(), max.toLocaleString())
}
