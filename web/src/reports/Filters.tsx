import { Button, NativeSelect, SegmentedControl, TextInput } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useState } from 'react'
import { useQueues } from '../api/queries'
import type { ReportBy } from '../api/types'
import { useLocalText, useText } from '../i18n'
import { reportsText } from '../i18n/reports'
import { daysOf, presetOf, presets, type Preset } from './range'
import classes from './Reports.module.css'
import { browserZone, csvAddress, useAgentChoices, useChannelChoices, type Question } from './useReport'

type Props = { question: Question; today: string; onChange: (change: Partial<Question>) => void }

/** What the report is about: days, whose, and by what. */
export function Filters({ question, today, onChange }: Props) {
  const t = useText(reportsText)
  const local = useLocalText()
  const queues = useQueues()
  const agents = useAgentChoices()
  const channels = useChannelChoices(question)
  const preset = presetOf(question, today)
  const [custom, setCustom] = useState(false)
  const own = custom || preset === undefined
  const zones = [...new Set([browserZone, question.zone, 'UTC', ...(queues.data ?? []).map((queue) => queue.time_zone)])]
  const byHour = question.by === 'hour'

  const choosePreset = (value: string) => {
    setCustom(value === 'custom')
    if (value !== 'custom') onChange(daysOf(value as Preset, today))
  }
  return (
    <div className={classes.filters} role="group" aria-label={t.filters}>
      <SegmentedControl<ReportBy>
        className={classes.by}
        aria-label={t.by}
        value={question.by}
        // Hours are of a few days: a long range becomes its last day.
        onChange={(by) => onChange({ by, ...(by === 'hour' && tooManyHours(question) ? { from: question.to } : {}) })}
        data={(['day', 'hour', 'queue', 'agent', 'channel'] as const).map((value) => ({ value, label: t.bys[value] }))}
      />
      <NativeSelect
        aria-label={t.range}
        value={own ? 'custom' : preset}
        onChange={(event) => choosePreset(event.currentTarget.value)}
        data={[...presets.filter((value) => !byHour || value !== 'lastMonth').map((value) => ({ value, label: t.ranges[value] })), { value: 'custom', label: t.ranges.custom }]}
      />
      {own && (
        <>
          <TextInput type="date" aria-label={t.from} value={question.from} max={question.to} onChange={(event) => event.currentTarget.value && onChange({ from: event.currentTarget.value })} />
          <TextInput type="date" aria-label={t.to} value={question.to} min={question.from} onChange={(event) => event.currentTarget.value && onChange({ to: event.currentTarget.value })} />
        </>
      )}
      <Choice label={t.queue} all={t.allQueues} value={question.queue} onChange={(queue) => onChange({ queue })} data={(queues.data ?? []).map((queue) => ({ value: queue.id, label: local(queue.name) }))} />
      <Choice label={t.agent} all={t.allAgents} value={question.agent} onChange={(agent) => onChange({ agent })} data={agents} />
      <Choice label={t.channel} all={t.allChannels} value={question.channel} onChange={(channel) => onChange({ channel })} data={channels} />
      <NativeSelect aria-label={t.zone} title={t.zone} value={question.zone} onChange={(event) => onChange({ zone: event.currentTarget.value })} data={zones} />
      <Button component="a" variant="default" href={csvAddress(question)} download title={t.csvHelp} leftSection={<IconDownload size={16} aria-hidden />} data-testid="report-csv" className={classes.csv ?? ''}>
        {t.csv}
      </Button>
    </div>
  )
}

type ChoiceProps = { label: string; all: string; value: string; onChange: (value: string) => void; data: { value: string; label: string }[] }

/** One of several, or all. What the address names is there before its list is. */
function Choice({ label, all, value, onChange, data }: ChoiceProps) {
  const known = value === '' || data.some((entry) => entry.value === value)
  return (
    <NativeSelect
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[{ value: '', label: all }, ...data, ...(known ? [] : [{ value, label: value }])]}
    />
  )
}

/** Most days that are shown by the hour. */
const mostDaysByHour = 31

function tooManyHours({ from, to }: Question): boolean {
  return (Date.parse(to) - Date.parse(from)) / 86_400_000 >= mostDaysByHour
}
