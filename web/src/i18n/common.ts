import { defineText } from './core'
import { common as en } from './en/common'
import { common as ko } from './ko/common'

export const commonText = defineText(en, ko)
