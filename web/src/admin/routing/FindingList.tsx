import { IconAlertCircle, IconAlertTriangle } from '@tabler/icons-react'
import { useText } from '../../i18n'
import { plansText } from '../../i18n/plans'
import { findingText, type Finding } from './findings'
import classes from './Routing.module.css'

/** What is wrong with something, or odd about it, beside it. */
export function FindingList({ findings }: { findings: readonly Finding[] }) {
  const t = useText(plansText).findings
  // The status is there before it says something, so that it is heard.
  return (
    <div role="status">
      {findings.length > 0 && (
        <ul className={classes.findings}>
          {findings.map((finding) => (
            <li key={`${finding.at} ${finding.words}`} data-doubt={finding.doubt || undefined} data-testid={finding.doubt ? 'plan-doubt' : 'plan-problem'}>
              {finding.doubt ? <IconAlertTriangle size={14} aria-hidden /> : <IconAlertCircle size={14} aria-hidden />}
              {/* What has no words here the server says in English. */}
              <span lang={Object.hasOwn(t, finding.code) ? undefined : 'en'}>{findingText(finding, t)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
