import { defineText } from './core'
import { reports as en } from './en/reports'
import { reports as ko } from './ko/reports'

export const reportsText = defineText(en, ko)
