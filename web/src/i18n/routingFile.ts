import { defineText } from './core'
import { routingFile as en } from './en/routingFile'
import { routingFile as ko } from './ko/routingFile'

export const routingFileText = defineText(en, ko)
