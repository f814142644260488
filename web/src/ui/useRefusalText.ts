import { useCallback } from 'react'
import { useLanguage, useText } from '../i18n'
import { commonText } from '../i18n/common'

/** Why a channel did not do something: the server's sentence where it can be read, else the catalog's for its kind. */
export function useRefusalText(): (code: string | undefined, words: string | undefined) => string {
  const { refusals } = useText(commonText)
  const { language } = useLanguage()
  return useCallback(
    (code, words) => {
      const known = code && Object.hasOwn(refusals, code) ? refusals[code as keyof typeof refusals] : undefined
      // The server speaks English; its sentence is more exact than ours.
      if (words && (language === 'en' || !known)) return words
      return known ?? refusals.unknown
    },
    [refusals, language],
  )
}
