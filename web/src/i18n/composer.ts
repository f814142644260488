import { defineText } from './core'
import { composer as en } from './en/composer'
import { composer as ko } from './ko/composer'

export const composerText = defineText(en, ko)
