import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { api, call } from '../../api/client'
import { keys } from '../../api/keys'
import type { Finding } from './findings'
import type { Scope } from './vocabulary'

/** What is wrong with a condition while it is written. An empty one is none. */
export function useConditionCheck(condition: string, scope: Scope): Finding[] {
  const [settled] = useDebouncedValue(condition, 300)
  const check = useQuery({
    queryKey: keys.conditionCheck(scope, settled),
    queryFn: async () => (await call(api.POST('/condition-checks', { body: { condition: settled, scope } }))).problems,
    enabled: settled.trim() !== '',
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  })
  return condition.trim() === '' ? [] : (check.data ?? []).map((problem) => ({ ...problem, doubt: false }))
}
