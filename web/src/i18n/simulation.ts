import { defineText } from './core'
import { simulation as en } from './en/simulation'
import { simulation as ko } from './ko/simulation'

export const simulationText = defineText(en, ko)
