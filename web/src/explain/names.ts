import { useQuery } from '@tanstack/react-query'
import { api, call } from '../api/client'
import { keys } from '../api/keys'
import { usePresences, useQueues, useSkills } from '../api/queries'
import { useLocalText } from '../i18n'
import { useRole } from '../session'
import { useChannelName } from '../ui/ChannelIcon'
import type { Names } from './reasons'

export type PlanNames = Names & { plan: (id: string) => string }

/** What things are called in the language chosen. Plans are known by name to supervisors only; others see their ids. */
export function useNames(): PlanNames {
  const local = useLocalText()
  const channel = useChannelName()
  const skills = useSkills()
  const queues = useQueues()
  const presences = usePresences()
  const supervisor = useRole('supervisor')
  const plans = useQuery({ queryKey: keys.plans, queryFn: async () => (await call(api.GET('/plans'))).items, enabled: supervisor, staleTime: 5 * 60_000 })
  return {
    skill: (id) => local(skills.data?.find((entry) => entry.id === id)?.label) || id,
    queue: (id) => local(queues.data?.find((entry) => entry.id === id)?.name) || id,
    presence: (id) => local(presences.data?.find((entry) => entry.id === id)?.label) || id,
    plan: (id) => local(plans.data?.find((entry) => entry.id === id)?.name) || id,
    channel,
  }
}
