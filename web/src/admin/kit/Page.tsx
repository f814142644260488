import { Button, CloseButton, EmptyState, Group, Skeleton, Stack, TextInput, Title } from '@mantine/core'
import { IconPlus, IconSearch, type Icon } from '@tabler/icons-react'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { commonText } from '../../i18n/common'
import { Failed } from '../../ui/Failed'
import classes from './Page.module.css'

type PageProps = {
  title: string
  about?: string
  add?: { label: string; to: string } | undefined
  tools?: ReactNode
  children: ReactNode
}

/** A page with a list: what it is, how to add to it, how to find in it. */
export function Page({ title, about, add, tools, children }: PageProps) {
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <div>
          <Title order={1} className={classes.title}>
            {title}
          </Title>
          {about && <p className={classes.about}>{about}</p>}
        </div>
        {add && (
          <Button component={Link} to={add.to} data-testid="add" leftSection={<IconPlus size={16} aria-hidden />} className={classes.add}>
            {add.label}
          </Button>
        )}
      </header>
      {tools && <div className={classes.tools}>{tools}</div>}
      <div className={classes.card}>{children}</div>
    </div>
  )
}

type SearchProps = { value: string; onChange: (value: string) => void; label: string }

export function Search({ value, onChange, label }: SearchProps) {
  const t = useText(adminText)
  return (
    <TextInput
      className={classes.search}
      type="search"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={value ? <CloseButton size="sm" aria-label={t.list.clearSearch} onClick={() => onChange('')} /> : undefined}
    />
  )
}

type Empty = { icon: Icon; title: string; help: string; action?: { label: string; to: string } }

type ListProps<Data, Row> = {
  query: UseQueryResult<Data>
  rows: (data: Data) => readonly Row[]
  /** How many there are before the search, if not what `rows` gives. */
  total?: (data: Data) => number
  empty: Empty
  onClear?: () => void
  children: (rows: readonly Row[], data: Data) => ReactNode
}

/** A list while it loads, when it failed, when there is nothing (yet, or found), and when there is. */
export function List<Data, Row>({ query, rows, total, empty, onClear, children }: ListProps<Data, Row>) {
  const t = useText(adminText)
  if (query.data === undefined) return query.isError ? <Failed title={t.list.failed} error={query.error} retry={() => void query.refetch()} /> : <Rows />
  const found = rows(query.data)
  if (found.length > 0) return children(found, query.data)
  if ((total?.(query.data) ?? 0) > 0) {
    return (
      <Stack align="center" gap="xs" p="xl">
        <p className={classes.nothing} role="status">
          {t.list.noMatch}
        </p>
        {onClear && (
          <Button variant="subtle" size="compact-sm" onClick={onClear}>
            {t.list.clearSearch}
          </Button>
        )}
      </Stack>
    )
  }
  const Picture = empty.icon
  return (
    <EmptyState p="xl" icon={<Picture size={28} stroke={1.5} aria-hidden />} title={empty.title} description={empty.help} withIndicatorBackground>
      {empty.action && (
        <EmptyState.Actions>
          <Button component={Link} to={empty.action.to} variant="light" leftSection={<IconPlus size={16} aria-hidden />}>
            {empty.action.label}
          </Button>
        </EmptyState.Actions>
      )}
    </EmptyState>
  )
}

function Rows() {
  const common = useText(commonText)
  return (
    <Stack gap={14} p="md" role="status" aria-label={common.loading}>
      {[72, 58, 66, 49].map((width) => (
        <Group key={width} gap="md" wrap="nowrap">
          <Skeleton height={12} width={`${width * 0.4}%`} radius="sm" />
          <Skeleton height={12} width={`${width * 0.6}%`} radius="sm" />
        </Group>
      ))}
    </Stack>
  )
}
