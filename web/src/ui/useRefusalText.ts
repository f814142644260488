import { useCallback } from 'react'
import { useLanguage } from '../i18n'
import { commonText } from '../i18n/common'
import type { Language } from '../i18n/core'
import { languageOf } from '../lib/script'

/**
 * Why a channel did not do something. The server speaks English, and some channels the reader's language: what they say is more
 * exact than the catalog's sentence for its kind, which is for those who cannot read it.
 */
export function refusalText(language: Language, code: string | undefined, words: string | undefined): string {
  const { refusals } = commonText[language]
  const known = code && Object.hasOwn(refusals, code) ? refusals[code as keyof typeof refusals] : undefined
  if (words && (language === 'en' || known === undefined || languageOf(words) === language)) return words
  return known ?? refusals.unknown
}

export function useRefusalText(): (code: string | undefined, words: string | undefined) => string {
  const { language } = useLanguage()
  return useCallback((code, words) => refusalText(language, code, words), [language])
}
