import { defineText } from './core'
import { sla as en } from './en/sla'
import { sla as ko } from './ko/sla'

export const slaText = defineText(en, ko)
