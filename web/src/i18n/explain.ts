import { defineText } from './core'
import { explain as en } from './en/explain'
import { explain as ko } from './ko/explain'

export const explainText = defineText(en, ko)
