import { defineText } from './core'
import { inbox as en } from './en/inbox'
import { inbox as ko } from './ko/inbox'

export const inboxText = defineText(en, ko)
