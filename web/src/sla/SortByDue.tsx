import { ActionIcon, Tooltip } from '@mantine/core'
import { IconClockExclamation } from '@tabler/icons-react'
import { useText } from '../i18n'
import { slaText } from '../i18n/sla'

/** Sorts a list by when its conversations are due, or by their newest messages again. */
export function SortByDue({ on, toggle }: { on: boolean; toggle: () => void }) {
  const t = useText(slaText)
  return (
    <Tooltip label={on ? t.sortedByDue : t.sort}>
      <ActionIcon variant={on ? 'light' : 'subtle'} color={on ? 'sea' : 'gray'} aria-label={t.sort} aria-pressed={on} data-testid="sort-by-due" onClick={toggle}>
        <IconClockExclamation size={17} stroke={1.8} aria-hidden />
      </ActionIcon>
    </Tooltip>
  )
}
