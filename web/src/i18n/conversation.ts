import { defineText } from './core'
import { conversation as en } from './en/conversation'
import { conversation as ko } from './ko/conversation'

export const conversationText = defineText(en, ko)
