import { defineText } from './core'
import { offers as en } from './en/offers'
import { offers as ko } from './ko/offers'

export const offersText = defineText(en, ko)
