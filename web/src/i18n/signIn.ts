import { defineText } from './core'
import { signIn as en } from './en/signIn'
import { signIn as ko } from './ko/signIn'

export const signInText = defineText(en, ko)
