import { useText } from '../../i18n'
import { commonText } from '../../i18n/common'
import { isLanguage } from '../../i18n/core'
import type { Path } from './merge'

/** What a place in an editor's values is called: the field's name, then what `inner` calls its keys. */
export function useLabel(names: Readonly<Record<string, string>>, inner?: (key: string, field: string) => string | undefined): (path: Path) => string {
  const { language } = useText(commonText)
  return ([field = '', ...rest]) => [names[field] ?? field, ...rest.map((key) => inner?.(key, field) ?? (isLanguage(key) ? language[key] : key))].join(' › ')
}
