import { IconAlertCircle, IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react'
import { useFormat, useText } from '../../i18n'
import { plansText } from '../../i18n/plans'
import classes from './Plans.module.css'
import type { PlanCheck } from './usePlanCheck'

/** How the plan stands as it is written now; one line that is always there, so that nothing moves. */
export function PlanStatus({ check, onShow }: { check: PlanCheck; onShow: () => void }) {
  const t = useText(plansText)
  const format = useFormat()
  const wrong = check.findings.filter((finding) => !finding.doubt).length
  const doubts = check.findings.length - wrong
  const state = check.failed ? 'failed' : wrong > 0 ? 'wrong' : doubts > 0 ? 'doubts' : 'fine'
  const Picture = state === 'fine' ? IconCircleCheck : state === 'doubts' ? IconAlertTriangle : IconAlertCircle
  const words = {
    failed: t.checkFailed,
    wrong: wrong === 1 ? t.problems.one : t.problems.many(format.number(wrong)),
    doubts: doubts === 1 ? t.doubts.one : t.doubts.many(format.number(doubts)),
    fine: check.sound ? t.fine : t.checking,
  }
  return (
    <div className={classes.status} data-state={state} data-pending={check.pending || undefined} data-testid="plan-status" role="status">
      <Picture size={16} aria-hidden />
      <span>{words[state]}</span>
      {wrong > 0 && (
        <button type="button" className={classes.show} onClick={onShow}>
          {t.showFirst}
        </button>
      )}
    </div>
  )
}
