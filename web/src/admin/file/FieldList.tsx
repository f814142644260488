import { Fragment } from 'react'
import type { RoutingField } from '../../api/types'
import { useText } from '../../i18n'
import { routingFileText } from '../../i18n/routingFile'
import { shown } from './difference'
import classes from './RoutingFile.module.css'

/** What changes of an entry, field by field: how it was, and how it is then; of one that is new or gone, how it is or was. */
export function FieldList({ fields, isNew = false, wasThere = false }: { fields: readonly RoutingField[]; isNew?: boolean; wasThere?: boolean }) {
  return (
    <dl className={classes.fields}>
      {fields.map((field) => (
        <div key={field.path} className={classes.field}>
          <dt>
            <Path path={field.path} />
          </dt>
          <dd>
            <Values field={field} only={isNew ? 'to' : wasThere ? 'from' : undefined} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** A path that breaks between its parts, where it must. */
export function Path({ path }: { path: string }) {
  return path.split(/(?<=\.)|(?=\[)/).map((part, i) => (
    <Fragment key={i}>
      {i > 0 && <wbr />}
      {part}
    </Fragment>
  ))
}

function Values({ field, only }: { field: RoutingField; only: 'from' | 'to' | undefined }) {
  const t = useText(routingFileText)
  const from = shown(field, 'from')
  const to = shown(field, 'to')
  const none = <span className={classes.none}>{t.notSet}</span>
  // Of a secret it is told only that it has changed.
  if (from === undefined && to === undefined) return <span className={classes.none}>{t.secret}</span>
  if (only) return <code>{only === 'to' ? to : from}</code>
  return (
    <>
      <span className="sx-hidden">{t.was} </span>
      {from === undefined ? none : <del>{from}</del>}
      <span className={classes.arrow} aria-hidden>
        →
      </span>
      <span className="sx-hidden"> {t.becomes} </span>
      {to === undefined ? none : <ins>{to}</ins>}
    </>
  )
}
