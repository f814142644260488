import { defineText } from './core'
import { wallboard as en } from './en/wallboard'
import { wallboard as ko } from './ko/wallboard'

export const wallboardText = defineText(en, ko)
