import { Link } from 'react-router'
import { useQueues } from '../../api/queries'
import type { AuditEntry } from '../../api/types'
import { useFormat, useLocalText, useText } from '../../i18n'
import { auditText } from '../../i18n/audit'
import { Avatar } from '../../ui/Avatar'
import { Entry } from '../file/DifferenceView'
import { FieldList } from '../file/FieldList'
import classes from './Audit.module.css'
import { hasDetails, placeOf, sentence } from './entry'

type Props = {
  entry: AuditEntry
  area: 'admin' | 'supervisor'
  /** It stands beside the conversation that it is about. */
  beside?: boolean
}

/** Stands for the thing while the sentence is made; it is what links to it. */
const thing = '\u0001'

/** Something that was done: who did it to what and why, and what that changed. */
export function EntryRow({ entry, area, beside = false }: Props) {
  const t = useText(auditText)
  const format = useFormat()
  const name = useThingName()(entry)
  const what = beside ? t.it : name
  const to = beside ? undefined : placeOf(entry, area)
  const [before, ...after] = sentence(entry, thing, t).split(thing)
  const count = entry.entries.length || entry.fields.length
  return (
    <li className={classes.entry} data-testid="audit-entry">
      <Avatar name={entry.by} seed={entry.by_id ?? entry.by} size={28} />
      <div className={classes.body}>
        <p className={classes.sentence}>
          {before}
          {after.length > 0 && (to ? <Link to={to}>{what}</Link> : beside ? what : <b>{what}</b>)}
          {after.join(what)}
        </p>
        {entry.reason && <p className={classes.reason}>{t.reason(entry.reason)}</p>}
        {hasDetails(entry) && (
          <details className={classes.details}>
            <summary>{entry.action === 'create' ? t.made : entry.action === 'remove' ? t.was : count === 1 ? t.changes.one : t.changes.many(format.number(count))}</summary>
            {entry.entries.map((change) => (
              <Entry key={`${change.kind} ${change.id}`} entry={change} />
            ))}
            {entry.fields.length > 0 && <FieldList fields={entry.fields} isNew={entry.action === 'create'} wasThere={entry.action === 'remove'} />}
          </details>
        )}
      </div>
      <time className={classes.time} dateTime={entry.at} title={format.dateTime(entry.at)}>
        {beside ? format.stamp(entry.at) : format.time(entry.at)}
      </time>
    </li>
  )
}

/** What the thing is called: queues as they are called now, the rest as it was called then. */
function useThingName(): (entry: AuditEntry) => string {
  const t = useText(auditText)
  const local = useLocalText()
  const queues = useQueues()
  return ({ kind, subject, about, number }) => {
    if (kind === 'conversation') return number === undefined ? subject : t.conversation(String(number), about)
    if (kind === 'queue') return local(queues.data?.find((queue) => queue.id === subject)?.name) || about || subject
    return about || subject
  }
}
