import { defineText } from './core'
import { customer as en } from './en/customer'
import { customer as ko } from './ko/customer'

export const customerText = defineText(en, ko)
