import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, use, useCallback, useEffect, type ReactNode } from 'react'
import { api, call, setSignedOutHandler } from '../api/client'
import { asApiError } from '../api/errors'
import { keys } from '../api/keys'
import type { Me, Role } from '../api/types'
import { useLanguage } from '../i18n'
import { isLanguage } from '../i18n/core'

const MeContext = createContext<Me | null>(null)

type GateProps = {
  children: ReactNode
  loading: ReactNode
  signedOut: ReactNode
  failed: (error: unknown, retry: () => void) => ReactNode
}

async function getMe(): Promise<Me | null> {
  try {
    return await call(api.GET('/session'))
  } catch (error) {
    if (asApiError(error).status === 401) return null
    throw error
  }
}

/** Shows the app to who is signed in, else the sign-in page. */
export function SessionGate({ children, loading, signedOut, failed }: GateProps) {
  const client = useQueryClient()
  const { setLanguage } = useLanguage()
  const me = useQuery({ queryKey: keys.me, queryFn: getMe, staleTime: 60_000, retry: 1 })
  const locale = me.data?.locale

  useEffect(() => {
    setSignedOutHandler(() => client.setQueryData(keys.me, null))
  }, [client])

  useEffect(() => {
    if (locale && isLanguage(locale)) setLanguage(locale)
  }, [locale, setLanguage])

  if (me.data) return <MeContext value={me.data}>{children}</MeContext>
  if (me.data === null) return signedOut
  if (me.isError) return failed(me.error, () => void me.refetch())
  return loading
}

/** Who is signed in, with their routing state as pushed. */
export function useMe(): Me {
  const me = use(MeContext)
  if (!me) throw new Error('no SessionGate above')
  return me
}

const rank: Record<Role, number> = { agent: 0, supervisor: 1, admin: 2 }

export function hasRole(me: Me, role: Role): boolean {
  return rank[me.role] >= rank[role]
}

/** Whether I am at least this: admins may all that supervisors may. */
export function useRole(role: Role): boolean {
  return hasRole(useMe(), role)
}

export function useSignOut(): () => Promise<void> {
  const client = useQueryClient()
  return useCallback(async () => {
    await call(api.DELETE('/session'))
    client.setQueryData(keys.me, null)
    client.removeQueries({ predicate: (query) => query.queryKey[0] !== keys.me[0] })
  }, [client])
}
