import { useQuery } from '@tanstack/react-query'
import { EntryRow } from '../admin/audit/EntryRow'
import { api, call } from '../api/client'
import { keys } from '../api/keys'
import { useText } from '../i18n'
import { auditText } from '../i18n/audit'
import classes from './Explain.module.css'

/** The audit of one conversation. */
export const of = (id: string) => ({ kind: 'conversation', subject: id }) as const

/** What supervisors did to a conversation by hand, and why, the newest first; nothing if they did nothing. */
export function Interventions({ id }: { id: string }) {
  const t = useText(auditText)
  const audit = useQuery({ queryKey: keys.audit(of(id)), queryFn: async () => (await call(api.GET('/audit', { params: { query: of(id) } }))).items })
  if (!audit.data || audit.data.length === 0) return null
  return (
    <section data-testid="explain-interventions">
      <h3 className={classes.group}>{t.interventions}</h3>
      <ul className={classes.interventions}>
        {audit.data.map((entry) => (
          <EntryRow key={entry.id} entry={entry} area="supervisor" beside />
        ))}
      </ul>
    </section>
  )
}
