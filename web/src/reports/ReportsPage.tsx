import { SegmentedControl, Skeleton } from '@mantine/core'
import { IconReportAnalytics } from '@tabler/icons-react'
import { Page } from '../admin/kit/Page'
import { useText } from '../i18n'
import { reportsText } from '../i18n/reports'
import { EmptyState } from '../ui/EmptyState'
import { Failed } from '../ui/Failed'
import { Breakdown } from './Breakdown'
import { Charts } from './Charts'
import { Filters } from './Filters'
import type { Group } from './metrics'
import classes from './Reports.module.css'
import { ReportTable } from './ReportTable'
import { Summary } from './Summary'
import { groupsOf, useQuestion, useReport } from './useReport'

/** How queues and agents did: a few numbers, two pictures, and a table of all. */
export default function ReportsPage() {
  const t = useText(reportsText)
  const [question, change, today] = useQuestion()
  const report = useReport(question)
  const choices = groupsOf(question)
  const group = choices.includes(question.group) ? question.group : 'service'
  // A report that failed must not be taken for the one before.
  const data = report.isError ? undefined : report.data

  return (
    <Page title={t.title} about={t.about} tools={<Filters question={question} today={today} onChange={change} />}>
      {report.isError && <Failed title={t.failed} error={report.error} retry={() => void report.refetch()} />}
      {!report.isError && (
        <div className={classes.report} data-old={report.isPlaceholderData || undefined} aria-busy={report.isFetching}>
          <Summary numbers={data?.total} />
          <div className={classes.group}>
            <SegmentedControl<Group>
              aria-label={t.group}
              value={group}
              onChange={(next) => change({ group: next })}
              data={choices.map((value) => ({ value, label: t.groups[value] }))}
            />
          </div>
          {data === undefined && <Skeleton height={380} radius={0} />}
          {data?.rows.length === 0 && <EmptyState icon={IconReportAnalytics} title={t.empty} />}
          {data && data.rows.length > 0 && (
            <>
              <Charts report={data} group={group} />
              <ReportTable report={data} group={group} />
              <Breakdown numbers={data.total} />
            </>
          )}
        </div>
      )}
    </Page>
  )
}
