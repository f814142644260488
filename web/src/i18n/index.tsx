import { createContext, use, useCallback, useEffect, useMemo, useState, type ReactNode } from 'react'
import type { LocalText } from '../api/types'
import { initialLanguage, rememberLanguage, type Catalog, type Language, type Text } from './core'
import { formatters, type Formatters } from './format'

type LanguageState = { language: Language; setLanguage: (language: Language) => void; format: Formatters }

const LanguageContext = createContext<LanguageState | null>(null)

/** With `fixed` the language is that one, whatever was chosen here. */
export function LanguageProvider({ children, fixed }: { children: ReactNode; fixed?: Language }) {
  const [chosen, set] = useState<Language>(initialLanguage)
  const language = fixed ?? chosen
  const setLanguage = useCallback((next: Language) => {
    rememberLanguage(next)
    set(next)
  }, [])
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const state = useMemo(() => ({ language, setLanguage, format: formatters(language) }), [language, setLanguage])
  return <LanguageContext value={state}>{children}</LanguageContext>
}

export function useLanguage(): LanguageState {
  const state = use(LanguageContext)
  if (!state) throw new Error('no LanguageProvider above')
  return state
}

/** The catalog of one area in the language chosen: `const t = useText(inboxText)`. */
export function useText<T>(text: Text<T>): Catalog<T> {
  return text[useLanguage().language]
}

/** Dates, durations and numbers in the language chosen. */
export function useFormat(): Formatters {
  return useLanguage().format
}

/** Picks a text that the server holds per language. */
export function useLocalText(): (text: LocalText | undefined) => string {
  const { language } = useLanguage()
  return useCallback((text) => (text ? (text[language] ?? '') || text.en : ''), [language])
}
