import { useCallback } from 'react'
import type { Conversation } from '../api/types'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'

/** What to call the customer: name, else address, else "Visitor". */
export function useContactName(): (conversation: Pick<Conversation, 'contact' | 'address'>) => string {
  const { visitor } = useText(commonText)
  return useCallback(({ contact, address }) => contact.name || address || visitor, [visitor])
}
