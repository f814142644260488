import { ActionIcon, Autocomplete, Button, NumberInput, Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconPlus, IconX } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { api, call } from '../../api/client'
import { keys } from '../../api/keys'
import type { ChannelKind, PlanTrial, Queue, Skill } from '../../api/types'
import { useFormat, useLocalText, useText } from '../../i18n'
import { commonText } from '../../i18n/common'
import { plansText } from '../../i18n/plans'
import { Notice } from '../../ui/Notice'
import { useErrorText } from '../../ui/useErrorText'
import { SkillLevels } from '../people/Levels'
import { replaced } from '../routing/lists'
import classes from './Plans.module.css'
import { trialOf, type AttributeLine, type RequestValues } from './request'
import { TrialResult } from './TrialResult'
import type { PlanCheck } from './usePlanCheck'

type Props = { check: PlanCheck; queues: readonly Queue[]; skills: readonly Skill[]; kinds: readonly ChannelKind[] }

/** One request, and what the plan as it is written now would do with it right now. */
export function Trial({ check, queues, skills, kinds }: Props) {
  const t = useText(plansText).trial
  const common = useText(commonText)
  const local = useLocalText()
  const errorText = useErrorText()
  const skillsId = useId()
  const [request, setRequest] = useState<RequestValues>({ queue: queues[0]?.id ?? '', channel: '', language: '', priority: '', at: '', skills: {}, attributes: [], contact: [] })
  const change = (patch: Partial<RequestValues>) => setRequest({ ...request, ...patch })

  const text = JSON.stringify(trialOf(check.sound, request) ?? null)
  const [settled] = useDebouncedValue(text, 250)
  const trial = useQuery({
    queryKey: keys.planTrial(settled),
    queryFn: () => call(api.POST('/plan-trials', { body: JSON.parse(settled) as PlanTrial })),
    enabled: settled !== 'null',
    placeholderData: keepPreviousData,
    // Who is free changes all the time.
    refetchInterval: 5000,
  })
  const wrong = check.findings.some((finding) => !finding.doubt)
  const channels: Record<string, string> = common.channel

  return (
    <>
      <p className={classes.about}>{t.help}</p>
      <div className={classes.request} role="group" aria-label={t.request}>
        <Select
          label={t.queue}
          allowDeselect={false}
          searchable={queues.length > 8}
          data-testid="trial-queue"
          value={request.queue}
          data={queues.map((queue) => ({ value: queue.id, label: local(queue.name) }))}
          onChange={(queue) => change({ queue: queue ?? '' })}
        />
        <Select
          label={t.channel}
          allowDeselect={false}
          value={request.channel}
          data={[{ value: '', label: t.anyChannel }, ...kinds.map(({ kind, name }) => ({ value: kind, label: channels[kind] ?? name }))]}
          onChange={(channel) => change({ channel: channel ?? '' })}
        />
        <Autocomplete label={t.language} data-testid="trial-language" value={request.language} data={['en', 'ko']} maxLength={20} onChange={(language) => change({ language })} />
        <NumberInput
          label={t.priority}
          min={0}
          max={100}
          clampBehavior="strict"
          allowDecimal={false}
          placeholder="0"
          value={request.priority}
          onChange={(priority) => change({ priority: typeof priority === 'number' ? priority : '' })}
        />
        <TextInput className={classes.full} type="datetime-local" label={t.at} description={t.atHelp} value={request.at} onChange={(event) => change({ at: event.currentTarget.value })} />
        <div className={classes.full} role="group" aria-labelledby={skillsId}>
          <div className={classes.label} id={skillsId}>
            {t.skills}
          </div>
          <SkillLevels skills={skills} value={request.skills} onChange={(next) => change({ skills: next })} />
        </div>
        <Attributes label={t.contact} lines={request.contact} onChange={(contact) => change({ contact })} />
        <Attributes label={t.attributes} lines={request.attributes} onChange={(attributes) => change({ attributes })} />
      </div>
      <div className={classes.result} aria-live="polite" data-stale={trial.isPlaceholderData || check.pending || wrong || undefined}>
        {wrong ? (
          <Notice role="status" icon={null}>
            {t.notYet}
          </Notice>
        ) : request.queue === '' ? (
          <Notice role="status" icon={null}>
            {t.noQueue}
          </Notice>
        ) : (
          trial.isError && (
            <Notice bad title={t.failed}>
              {errorText(trial.error)}
            </Notice>
          )
        )}
        {trial.data && !trial.isError && !wrong && <TrialResult outcome={trial.data} />}
      </div>
    </>
  )
}

function Attributes({ label, lines, onChange }: { label: string; lines: readonly AttributeLine[]; onChange: (lines: AttributeLine[]) => void }) {
  const t = useText(plansText).trial
  const format = useFormat()
  const id = useId()
  return (
    <div className={classes.full} role="group" aria-labelledby={id}>
      <div className={classes.label} id={id}>
        {label}
      </div>
      {lines.map((line, i) => {
        const n = format.number(i + 1)
        return (
          <div key={i} className={classes.attribute}>
            <TextInput size="xs" aria-label={`${label}: ${t.key(n)}`} placeholder={t.key(n)} spellCheck={false} value={line.name} onChange={(event) => onChange(replaced(lines, i, { ...line, name: event.currentTarget.value }))} />
            <TextInput size="xs" aria-label={`${label}: ${t.value(n)}`} placeholder={t.value(n)} maxLength={1000} value={line.value} onChange={(event) => onChange(replaced(lines, i, { ...line, value: event.currentTarget.value }))} />
            <ActionIcon aria-label={t.removeAttribute(n)} onClick={() => onChange(lines.filter((_, j) => j !== i))}>
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
