import type { ReportBy, ReportRow } from '../api/types'
import { useLanguage, useLocalText, useText } from '../i18n'
import { reportsText } from '../i18n/reports'
import { periodText } from './range'

/** What a line of a report is of, in words. */
export function useRowName(by: ReportBy, length: 'short' | 'long' = 'long'): (row: ReportRow) => string {
  const t = useText(reportsText)
  const local = useLocalText()
  const { language } = useLanguage()
  return (row) => {
    if (by === 'day' || by === 'hour') return periodText(row.key, by, language, length)
    return local(row.name) || row.key || t.noQueue
  }
}
