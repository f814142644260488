import { ActionIcon, Button, TextInput } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useFormat, useText } from '../../i18n'
import { plansText } from '../../i18n/plans'
import classes from './AttributeLines.module.css'

export type AttributeLine = { name: string; value: string }

type Props = { label: string; lines: readonly AttributeLine[]; onChange: (lines: AttributeLine[]) => void }

/** Names with their values, a line each; lines without a name do not count. */
export function AttributeLines({ label, lines, onChange }: Props) {
  const t = useText(plansText).trial
  const format = useFormat()
  const change = (index: number, patch: Partial<AttributeLine>) => onChange(lines.map((line, i) => (i === index ? { ...line, ...patch } : line)))
  return (
    <div role="group" aria-label={label}>
      {lines.map((line, i) => {
        const n = format.number(i + 1)
        return (
          <div key={i} className={classes.line}>
            <TextInput size="xs" aria-label={`${label}: ${t.key(n)}`} placeholder={t.key(n)} maxLength={200} spellCheck={false} value={line.name} onChange={(event) => change(i, { name: event.currentTarget.value })} />
            <TextInput size="xs" aria-label={`${label}: ${t.value(n)}`} placeholder={t.value(n)} maxLength={1000} value={line.value} onChange={(event) => change(i, { value: event.currentTarget.value })} />
            <ActionIcon aria-label={`${label}: ${t.removeAttribute(n)}`} onClick={() => onChange(lines.filter((_, j) => j !== i))}>
              <IconX size={15} aria-hidden />
            </ActionIcon>
          </div>
        )
      })}
      <Button size="compact-xs" variant="default" aria-label={`${label}: ${t.addAttribute}`} leftSection={<IconPlus size={12} aria-hidden />} onClick={() => onChange([...lines, { name: '', value: '' }])}>
        {t.addAttribute}
      </Button>
    </div>
  )
}
