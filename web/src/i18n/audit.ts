import { defineText } from './core'
import { audit as en } from './en/audit'
import { audit as ko } from './ko/audit'

export const auditText = defineText(en, ko)
