import { defineText } from './core'
import { supervisor as en } from './en/supervisor'
import { supervisor as ko } from './ko/supervisor'

export const supervisorText = defineText(en, ko)
