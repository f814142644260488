import { usePresences } from '../api/queries'
import type { Numbers } from '../api/types'
import { useFormat, useLocalText, useText } from '../i18n'
import { reportsText } from '../i18n/reports'
import classes from './Reports.module.css'

/** Why offers were rejected, and in which presences agents were, all together. */
export function Breakdown({ numbers }: { numbers: Numbers }) {
  const t = useText(reportsText)
  const format = useFormat()
  const reason = useReasonText()
  const local = useLocalText()
  const presences = usePresences()
  const rejected = largest(numbers.rejected_by)
  const times = largest(numbers.presence_s)
  const presenceName = (id: string) => local(presences.data?.find((entry) => entry.id === id)?.label) || id
  if (rejected.length === 0 && times.length === 0) return null
  return (
    <div className={classes.breakdown}>
      {rejected.length > 0 && <Parts title={t.rejectedBy} parts={rejected.map(([code, n]) => [reason(code), format.number(n)])} />}
      {times.length > 0 && <Parts title={t.presences} parts={times.map(([id, seconds]) => [presenceName(id), format.span(seconds)])} />}
    </div>
  )
}

function largest(parts: Record<string, number> | undefined): [string, number][] {
  return Object.entries(parts ?? {}).sort((a, b) => b[1] - a[1])
}

/** Reasons that the system gives are codes; those of agents are their own words. */
export function useReasonText(): (code: string) => string {
  const t = useText(reportsText)
  return (code) => (code === '' ? t.noReason : Object.hasOwn(t.reasons, code) ? t.reasons[code as keyof typeof t.reasons] : code)
}

function Parts({ title, parts }: { title: string; parts: [string, string][] }) {
  return (
    <dl className={classes.parts}>
      <dt className={classes.partsTitle}>{title}</dt>
      {parts.map(([name, value]) => (
        <dd key={name} className={classes.part}>
          <span>{name}</span> <b>{value}</b>
        </dd>
      ))}
    </dl>
  )
}
