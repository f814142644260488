import { defineText } from './core'
import { work as en } from './en/work'
import { work as ko } from './ko/work'

export const workText = defineText(en, ko)
