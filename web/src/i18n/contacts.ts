import { defineText } from './core'
import { contacts as en } from './en/contacts'
import { contacts as ko } from './ko/contacts'

export const contactsText = defineText(en, ko)
