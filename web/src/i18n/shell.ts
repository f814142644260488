import { defineText } from './core'
import { shell as en } from './en/shell'
import { shell as ko } from './ko/shell'

export const shellText = defineText(en, ko)
