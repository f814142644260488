import { defineText } from './core'
import { admin as en } from './en/admin'
import { admin as ko } from './ko/admin'

export const adminText = defineText(en, ko)
