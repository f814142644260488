import { useCallback } from 'react'
import type { Contact, Conversation } from '../api/types'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { readableAddress, shortCode } from './names'

type Named = Pick<Contact, 'id' | 'name'>

/** What to call the customer: name, else address, else "Visitor 7F3A". */
export function useContactName(): (of: Named | (Pick<Conversation, 'address'> & { contact: Named })) => string {
  const { visitor } = useText(commonText)
  return useCallback(
    (of) => {
      const [contact, address] = 'contact' in of ? [of.contact, readableAddress(of.address)] : [of, '']
      return contact.name || address || visitor(shortCode(contact.id))
    },
    [visitor],
  )
}
