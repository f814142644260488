import { DataTable, type Column } from '../admin/kit/DataTable'
import text from '../admin/kit/text.module.css'
import type { Report, ReportRow } from '../api/types'
import { useText } from '../i18n'
import { reportsText } from '../i18n/reports'
import { groups, type Group } from './metrics'
import classes from './Reports.module.css'
import { useMetricColumn } from './useMetricColumn'
import { useRowName } from './useRowName'

/** The report's lines with the numbers of one group. */
export function ReportTable({ report, group }: { report: Report; group: Group }) {
  const t = useText(reportsText)
  const column = useMetricColumn<ReportRow>()
  const name = useRowName(report.by)
  const periods = report.by === 'day' || report.by === 'hour'

  const columns: Column<ReportRow>[] = [
    {
      id: 'key',
      header: t.lines[report.by],
      width: '190px',
      cell: (row) => <span className={text.strong}>{name(row)}</span>,
      sort: (row) => (periods ? row.key : name(row)),
    },
    ...groups[group].map((metric) => column(metric)),
  ]
  // Of hours there are many; those in which nobody was there say nothing.
  const rows = report.by === 'hour' ? report.rows.filter(({ numbers: n }) => n.entered + n.offered + n.handled + n.abandoned > 0 || n.connected_s) : report.rows
  return (
    <div className={classes.scroll}>
      <div style={{ minWidth: 190 + groups[group].length * 88 }}>
        <DataTable key={`${report.by} ${group}`} label={t.title} rows={rows} columns={columns} id={(row) => row.key} sort={{ column: 'key', direction: 'asc' }} />
      </div>
    </div>
  )
}
