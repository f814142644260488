import type { Phase } from '../api/types'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import classes from './PhaseBadge.module.css'

/** Where a conversation stands, as a word. */
export function PhaseBadge({ phase }: { phase: Phase }) {
  const t = useText(commonText)
  return (
    <span className={classes.badge} data-phase={phase}>
      {t.phase[phase]}
    </span>
  )
}
