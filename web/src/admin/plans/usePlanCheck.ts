import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { api, call } from '../../api/client'
import { ApiError } from '../../api/errors'
import { keys } from '../../api/keys'
import type { Plan } from '../../api/types'
import { slugPattern } from '../kit/values'
import { placeOf, type Finding } from '../routing/findings'

/** The plan with names where there are none yet: those the form itself asks for. */
export function named(plan: Plan): Plan {
  return { ...plan, id: slugPattern.test(plan.id) ? plan.id : 'new-plan', name: { ...plan.name, en: plan.name.en || 'New plan' } }
}

async function look(plan: Plan): Promise<Finding[]> {
  try {
    const { problems, doubts } = await call(api.POST('/plan-checks', { body: { plan } }))
    return [...problems.map((problem) => ({ ...problem, doubt: false })), ...doubts.map((doubt) => ({ ...doubt, doubt: true }))]
  } catch (error) {
    // What does not fit the API's schema is refused, with the places.
    if (!(error instanceof ApiError) || !error.problem.fields) throw error
    return Object.entries(error.problem.fields).map(([field, words]) => ({ at: placeOf(field), words, code: '', args: [], doubt: false }))
  }
}

export type PlanCheck = {
  findings: readonly Finding[]
  /** What was looked at is not what is written by now. */
  pending: boolean
  failed: boolean
  /** The plan that was looked at, if it could be saved. */
  sound: Plan | undefined
}

const none: readonly Finding[] = []

/** What is wrong with a plan, or odd about it, while it is written. */
export function usePlanCheck(plan: Plan): PlanCheck {
  const text = JSON.stringify(named(plan))
  const [settled] = useDebouncedValue(text, 350)
  const check = useQuery({
    queryKey: keys.planCheck(settled),
    queryFn: () => look(JSON.parse(settled) as Plan),
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  })
  const findings = check.data ?? none
  const wrong = findings.some((finding) => !finding.doubt)
  const looked = check.isSuccess && !check.isPlaceholderData
  const sound = useMemo(() => (looked && !wrong ? (JSON.parse(settled) as Plan) : undefined), [looked, wrong, settled])
  return { findings, pending: settled !== text || check.isPlaceholderData || check.isPending, failed: check.isError, sound }
}
