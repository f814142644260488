import { Autocomplete, NumberInput, Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { api, call } from '../../api/client'
import { keys } from '../../api/keys'
import type { ChannelKind, PlanTrial, Queue, Skill } from '../../api/types'
import { useLocalText, useText } from '../../i18n'
import { commonText } from '../../i18n/common'
import { plansText } from '../../i18n/plans'
import { Notice } from '../../ui/Notice'
import { useErrorText } from '../../ui/useErrorText'
import { AttributeLines, type AttributeLine } from '../kit/AttributeLines'
import { SkillLevels } from '../people/Levels'
import classes from './Plans.module.css'
import { trialOf, type RequestValues } from './request'
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
        <details className={`${classes.full ?? ''} ${classes.details ?? ''}`} data-testid="trial-more">
          <summary>{t.more}</summary>
          <div className={classes.rare}>
            <TextInput type="datetime-local" label={t.at} description={t.atHelp} value={request.at} onChange={(event) => change({ at: event.currentTarget.value })} />
            <div role="group" aria-labelledby={skillsId}>
              <div className={classes.label} id={skillsId}>
                {t.skills}
              </div>
              <SkillLevels skills={skills} value={request.skills} onChange={(next) => change({ skills: next })} />
            </div>
            <Labelled label={t.contact} lines={request.contact} onChange={(contact) => change({ contact })} />
            <Labelled label={t.attributes} lines={request.attributes} onChange={(attributes) => change({ attributes })} />
          </div>
        </details>
      </div>
      <div className={classes.result} data-stale={trial.isPlaceholderData || check.pending || wrong || undefined}>
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

function Labelled(props: { label: string; lines: readonly AttributeLine[]; onChange: (lines: AttributeLine[]) => void }) {
  return (
    <div>
      <div className={classes.label} aria-hidden>
        {props.label}
      </div>
      <AttributeLines {...props} />
    </div>
  )
}
