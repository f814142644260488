/**
 * Typed message catalogs. English is the source: an entry is a string, or a function for what depends on values
 * (numbers, names). Other languages must have exactly the same keys and parameters, or the type check fails.
 */
export const languages = ['en', 'ko'] as const
export type Language = (typeof languages)[number]

type AnyFunction = (...args: never[]) => string

/** The shape a translation of T must have. */
export type Catalog<T> = {
  readonly [K in keyof T]: T[K] extends string ? string : T[K] extends AnyFunction ? (...args: Parameters<T[K]>) => string : Catalog<T[K]>
}

export type Text<T> = Readonly<Record<Language, Catalog<T>>>

/** Joins the languages of one area: `export const inboxText = defineText(en, ko)`. */
export function defineText<T>(en: T, ko: Catalog<T>): Text<T> {
  return { en: en as Catalog<T>, ko }
}

export function isLanguage(value: string): value is Language {
  return (languages as readonly string[]).includes(value)
}

const key = 'seax.language'

/** The language before anybody has signed in: the last one used here, else the browser's. */
export function initialLanguage(): Language {
  const saved = localStorage.getItem(key)
  if (saved && isLanguage(saved)) return saved
  return navigator.language.toLowerCase().startsWith('ko') ? 'ko' : 'en'
}

export function rememberLanguage(language: Language): void {
  localStorage.setItem(key, language)
}
