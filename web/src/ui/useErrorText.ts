import { useCallback } from 'react'
import { asApiError } from '../api/errors'
import { useFormat, useLanguage, useText } from '../i18n'
import { commonText } from '../i18n/common'

/** What went wrong, in words: the catalog's for known codes, the server's sentence where it says more. */
export function useErrorText(): (error: unknown) => string {
  const t = useText(commonText)
  const { language } = useLanguage()
  const format = useFormat()
  return useCallback(
    (error) => {
      const { problem } = asApiError(error)
      if (problem.code === 'throttled' && problem.retry_after) return t.errors.throttledFor(format.duration(problem.retry_after * 1000))
      const words = Object.hasOwn(t.errors, problem.code) ? t.errors[problem.code as keyof typeof t.errors] : undefined
      const known = typeof words === 'string' ? words : undefined
      // The server speaks English; its sentence is more exact than ours.
      if (language === 'en' || !known || problem.code === 'invalid') return problem.detail === '' ? (known ?? t.errors.internal) : problem.detail
      return known
    },
    [t, language, format],
  )
}
