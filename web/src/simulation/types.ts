import type { components } from '../api/schema'

type Schemas = components['schemas']

export type Plan = Schemas['Plan']
export type Simulation = Schemas['Simulation']
export type SimulationRequest = Schemas['SimulationRequest']
export type Comparison = Schemas['SimulationComparison']
export type Difference = Schemas['SimulationDifference']
export type Result = Schemas['SimulationResult']
export type Service = Schemas['SimulationService']

/** What figures are of: all customers, or those of a queue or a skill. */
export type Group = { kind: 'all' } | { kind: 'queue' | 'skill'; id: string }
