import { createContext, use } from 'react'
import type { Choice } from '../routing/TargetInput'
import type { Finding } from '../routing/findings'

/** What the parts of a plan's editor refer to, and what was found. */
export type World = { queues: readonly Choice[]; skills: readonly Choice[]; plans: readonly Choice[]; findings: readonly Finding[] }

export const WorldContext = createContext<World>({ queues: [], skills: [], plans: [], findings: [] })

export function useWorld(): World {
  return use(WorldContext)
}
