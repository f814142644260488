import { defineText } from './core'
import { start as en } from './en/start'
import { start as ko } from './ko/start'

export const startText = defineText(en, ko)
