import { defineText } from './core'
import { plans as en } from './en/plans'
import { plans as ko } from './ko/plans'

export const plansText = defineText(en, ko)
