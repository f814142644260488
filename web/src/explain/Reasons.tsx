import { IconCheck, IconX } from '@tabler/icons-react'
import type { Reason } from '../api/types'
import { useFormat, useText } from '../i18n'
import { explainText } from '../i18n/explain'
import classes from './Explain.module.css'
import { reasonText, type Names } from './reasons'

type Props = { reasons: readonly Reason[]; good: boolean; names: Names }

/** Why, or why not, one line each. */
export function Reasons({ reasons, good, names }: Props) {
  const t = useText(explainText)
  const format = useFormat()
  return (
    <ul className={classes.reasons}>
      {reasons.map((reason, i) => (
        <li key={`${reason.code}.${i}`} data-eligible={good || undefined}>
          {good ? <IconCheck size={14} aria-hidden /> : <IconX size={14} aria-hidden />}
          <span>
            {reason.code === 'condition' && reason.params?.clause ? (
              <>
                {t.reasons.condition} <code className={classes.code}>{reason.params.clause}</code>
              </>
            ) : (
              reasonText(reason, t.reasons, format, names)
            )}
          </span>
        </li>
      ))}
      {reasons.length === 0 && good && (
        <li data-eligible>
          <IconCheck size={14} aria-hidden />
          {t.reasons.available}
        </li>
      )}
    </ul>
  )
}
