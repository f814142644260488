import { UnstyledButton } from '@mantine/core'
import { IconChevronDown, IconChevronUp, IconSelector } from '@tabler/icons-react'
import { useMemo, useRef, useState, type ReactNode } from 'react'
import { Link } from 'react-router'
import { useLanguage, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { sortRows, type Sort, type SortValue } from './sort'
import classes from './DataTable.module.css'

export type Column<Row> = {
  id: string
  header: string
  /** One line that explains the column, as a tooltip and to screen readers. */
  help?: string
  cell: (row: Row) => ReactNode
  /** Makes the column sortable; undefined goes last in either direction. */
  sort?: (row: Row) => SortValue
  /** The direction of the first click: numbers are mostly looked at from the top. */
  first?: 'asc' | 'desc'
  align?: 'end'
  width?: string
  /** From how much room on the column is shown: a table may be narrow on a wide screen. */
  from?: 'tablet' | 'desktop' | 'wide'
  /** The header is there for screen readers only. */
  quiet?: boolean
}

type Props<Row> = {
  label: string
  rows: readonly Row[]
  columns: readonly Column<Row>[]
  id: (row: Row) => string
  /** The row's page; the first cell becomes its link and the whole row can be clicked. */
  to?: (row: Row) => string
  selected?: string | undefined
  sort?: Sort
  /** A line below the first cell where columns are hidden. */
  phone?: (row: Row) => ReactNode
  /** Rows stay where they are while somebody points at them or has the focus in them. */
  steady?: boolean
  dim?: (row: Row) => boolean
}

export function DataTable<Row>({ label, rows, columns, id, to, selected, sort: initial, phone, steady = false, dim }: Props<Row>) {
  const { language } = useLanguage()
  const [sort, setSort] = useState<Sort | undefined>(initial)
  const [held, setHeld] = useState(false)
  const order = useRef<string[]>([])

  const shown = useMemo(() => {
    const column = columns.find((c) => c.id === sort?.column)
    return column?.sort && sort ? sortRows(rows, column.sort, sort.direction, language) : [...rows]
  }, [rows, columns, sort, language])
  const placed = useHeldOrder(shown, id, steady && held, order)

  return (
    <div className={classes.frame}>
    <table className={classes.table} aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <Header key={column.id} column={column} sort={sort} onSort={setSort} />
          ))}
        </tr>
      </thead>
      <tbody
        onPointerEnter={() => setHeld(true)}
        onPointerLeave={() => setHeld(false)}
        onFocus={() => setHeld(true)}
        onBlur={() => setHeld(false)}
      >
        {placed.map((row) => {
          const key = id(row)
          return (
            <tr key={key} data-testid="table-row" data-id={key} data-link={to ? true : undefined} data-selected={selected === key || undefined} data-dim={dim?.(row) === true ? true : undefined}>
              {columns.map((column, i) => (
                <td key={column.id} data-align={column.align} data-from={column.from} data-first={i === 0 || undefined}>
                  {i === 0 && to ? (
                    <Link className={classes.link} to={to(row)} aria-current={selected === key ? 'true' : undefined}>
                      {column.cell(row)}
                    </Link>
                  ) : (
                    column.cell(row)
                  )}
                  {i === 0 && phone && <div className={classes.phone}>{phone(row)}</div>}
                </td>
              ))}
            </tr>
          )
        })}
      </tbody>
    </table>
    </div>
  )
}

/** While held, keeps the rows in the order they had; new ones go to the end. */
function useHeldOrder<Row>(rows: Row[], id: (row: Row) => string, held: boolean, order: { current: string[] }): Row[] {
  const ids = rows.map(id)
  if (!held) {
    order.current = ids
    return rows
  }
  const place = new Map(order.current.map((key, i) => [key, i]))
  const at = (row: Row) => place.get(id(row)) ?? place.size + ids.indexOf(id(row))
  return [...rows].sort((a, b) => at(a) - at(b))
}

type HeaderProps<Row> = { column: Column<Row>; sort: Sort | undefined; onSort: (sort: Sort) => void }

function Header<Row>({ column, sort, onSort }: HeaderProps<Row>) {
  const t = useText(adminText)
  const active = sort?.column === column.id ? sort.direction : undefined
  const title = column.help
  const common = { 'data-align': column.align, 'data-from': column.from, style: column.width ? { width: column.width } : undefined }
  if (!column.sort) {
    return (
      <th scope="col" title={title} {...common}>
        {column.quiet ? <span className="sx-hidden">{column.header}</span> : column.header}
      </th>
    )
  }
  const first = column.first ?? 'asc'
  const next = active === undefined ? first : active === 'asc' ? 'desc' : 'asc'
  const Icon = active === 'asc' ? IconChevronUp : active === 'desc' ? IconChevronDown : IconSelector
  return (
    <th scope="col" aria-sort={active === 'asc' ? 'ascending' : active === 'desc' ? 'descending' : undefined} {...common}>
      <UnstyledButton
        className={classes.sort}
        data-active={active !== undefined || undefined}
        title={title ?? t.list.sortBy(column.header)}
        onClick={() => onSort({ column: column.id, direction: next })}
      >
        <span>{column.header}</span>
        <Icon size={13} aria-hidden />
      </UnstyledButton>
    </th>
  )
}
