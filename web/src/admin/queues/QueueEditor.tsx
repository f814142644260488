import { Select, Switch } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMemo, useState } from 'react'
import { api, call } from '../../api/client'
import { keys } from '../../api/keys'
import type { Queue } from '../../api/types'
import { useFormat, useLanguage, useLocalText, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { commonText } from '../../i18n/common'
import { useNow } from '../../ui/useNow'
import { EditorForm } from '../kit/EditorForm'
import { beside, LocalName, SecondsInput, Section, Wide } from '../kit/fields'
import { checkNumber, checkRequired, checkSlug, localText, textValues } from '../kit/values'
import { hoursOf, isAlwaysOpen, isWeekValid, officeWeek, weekOf } from './hours'
import { Holidays, HoursEditor } from './HoursEditor'
import { Outcomes, outcomesValid, type OutcomeValues } from './Outcomes'
import { SlaFields } from './SlaFields'
import { slaBody, slaProblems, slaValues } from './slaValues'

const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone

function zones(present: string): string[] {
  return [...new Set(['UTC', present, browserZone, ...Intl.supportedValuesOf('timeZone')])].filter(Boolean).sort()
}

function useQueueForm(queue: Queue | undefined, taken: readonly string[]) {
  const t = useText(adminText)
  return useForm({
    initialValues: {
      id: queue?.id ?? '',
      name: textValues(queue?.name),
      offer_timeout_s: (queue?.offer_timeout_s ?? 20) as number | string,
      wrapup_s: (queue?.wrapup_s ?? 120) as number | string,
      first_reply_s: (queue?.first_reply_s ?? '') as number | string,
      answer_within_s: (queue?.answer_within_s ?? 20) as number | string,
      auto_accept: queue?.auto_accept ?? false,
      boost_s: (queue?.boost_s ?? 600) as number | string,
      strict: queue?.strict ?? false,
      time_zone: queue?.time_zone ?? browserZone,
      always: queue ? isAlwaysOpen(queue.hours) : true,
      week: queue && !isAlwaysOpen(queue.hours) ? weekOf(queue.hours) : officeWeek,
      holidays: queue?.holidays ?? [],
      sla: slaValues(queue),
      outcomes: (queue?.outcomes ?? []).map<OutcomeValues>((outcome, key) => ({ key, id: outcome.id, label: textValues(outcome.label), saved: true, typed: true })),
    },
    validate: {
      id: (value) => (queue ? null : checkSlug(t.rules, value, taken)),
      name: { en: (value: string) => checkRequired(t.rules, value) },
      offer_timeout_s: (value) => checkNumber(t.rules, value, 5, 3600),
      wrapup_s: (value) => checkNumber(t.rules, value, 5, 86_400),
      first_reply_s: (value) => (value === '' ? null : checkNumber(t.rules, value, 10, 86_400)),
      answer_within_s: (value) => checkNumber(t.rules, value, 1, 86_400),
      boost_s: (value) => checkNumber(t.rules, value, 0, 86_400),
      time_zone: (value) => checkRequired(t.rules, value),
      // The editors below show what is wrong where it is wrong.
      week: (value, values) => (values.always || isWeekValid(value) ? null : t.rules.time),
      sla: (value) => (Object.keys(slaProblems(value)).length === 0 ? null : t.rules.required),
      outcomes: (value) => (outcomesValid(value) ? null : t.rules.required),
    },
  })
}

/** What is not edited here, and stays as it is. */
function kept(queue: Queue | undefined): Partial<Queue> {
  return {
    ...(queue?.order && { order: queue.order }),
    ...(queue?.order_by && { order_by: queue.order_by }),
    ...(queue?.width !== undefined && { width: queue.width }),
    ...(queue?.max_waiting !== undefined && { max_waiting: queue.max_waiting }),
    ...(queue?.overflow && { overflow: queue.overflow }),
    ...(queue?.members_when !== undefined && { members_when: queue.members_when }),
  }
}

export function QueueEditor({ queue, taken }: { queue: Queue | undefined; taken: readonly string[] }) {
  const t = useText(adminText)
  const common = useText(commonText)
  const local = useLocalText()
  const { language } = useLanguage()
  const format = useFormat()
  const form = useQueueForm(queue, taken)
  const { values } = form
  const [holiday, setHoliday] = useState('')
  const now = useNow(30_000)
  const zoneNames = useMemo(() => zones(queue?.time_zone ?? ''), [queue?.time_zone])

  const save = (entered: typeof values) => {
    const body: Queue = {
      ...kept(queue),
      id: entered.id,
      name: localText(entered.name),
      offer_timeout_s: Number(entered.offer_timeout_s),
      wrapup_s: Number(entered.wrapup_s),
      ...(entered.first_reply_s === '' ? {} : { first_reply_s: Number(entered.first_reply_s) }),
      answer_within_s: Number(entered.answer_within_s),
      auto_accept: entered.auto_accept,
      boost_s: Number(entered.boost_s),
      strict: entered.strict,
      time_zone: entered.time_zone,
      hours: entered.always ? {} : hoursOf(entered.week),
      holidays: entered.holidays,
      ...slaBody(entered.sla),
      outcomes: entered.outcomes.map((outcome) => ({ id: outcome.id, label: localText(outcome.label) })),
      ...(queue?.version === undefined ? {} : { version: queue.version }),
    }
    return call(queue ? api.PUT('/queues/{slug}', { params: { path: { slug: queue.id } }, body }) : api.POST('/queues', { body }))
  }

  const there = zoneTime(now, values.time_zone, language)
  const today = zoneDay(now, values.time_zone)
  const name = queue ? local(queue.name) : t.queues.new
  return (
    <EditorForm
      title={name}
      subtitle={queue?.id}
      isNew={!queue}
      form={form}
      save={save}
      nameOf={(saved) => local(localText(saved.name))}
      refresh={[keys.queues, keys.live, keys.targets]}
      remove={
        queue && {
          label: common.delete,
          ask: t.editor.deleteAsk(name),
          done: t.editor.deleted(name),
          run: () => call(api.DELETE('/queues/{slug}', { params: { path: { slug: queue.id } } })),
        }
      }
    >
      <Section>
        <LocalName form={form} field="name" label={t.queues.name} isNew={!queue} />
      </Section>

      <Section title={t.queues.offering}>
        <SecondsInput label={t.queues.offerTimeout} description={t.queues.offerTimeoutHelp} step={5} {...form.getInputProps('offer_timeout_s')} />
        <SecondsInput label={t.queues.firstReply} description={t.queues.firstReplyHelp} step={30} {...form.getInputProps('first_reply_s')} />
        <SecondsInput label={t.queues.wrapup} description={t.queues.wrapupHelp} step={30} {...form.getInputProps('wrapup_s')} />
        <SecondsInput label={t.queues.answerWithin} description={t.queues.answerWithinHelp} step={5} {...form.getInputProps('answer_within_s')} />
        <SecondsInput label={t.queues.boost} description={t.queues.boostHelp} step={60} disabled={values.strict} {...form.getInputProps('boost_s')} />
        <Switch className={beside} label={t.queues.autoAccept} description={t.queues.autoAcceptHelp} {...form.getInputProps('auto_accept', { type: 'checkbox' })} />
        <Switch className={beside} label={t.queues.strict} description={t.queues.strictHelp} {...form.getInputProps('strict', { type: 'checkbox' })} />
      </Section>

      <SlaFields values={values.sla} showErrors={Boolean(form.errors.sla)} onChange={(sla) => form.setValues({ sla })} />

      <Section title={t.queues.schedule}>
        <Select
          label={t.queues.zone}
          description={`${t.queues.zoneHelp} ${there ? t.queues.zoneNow(there) : ''}`}
          searchable
          allowDeselect={false}
          limit={60}
          data={zoneNames}
          {...form.getInputProps('time_zone')}
        />
        <Switch className={beside} label={t.queues.alwaysOpen} description={t.queues.alwaysHelp} {...form.getInputProps('always', { type: 'checkbox' })} />
        {!values.always && (
          <Wide>
            <HoursEditor week={values.week} onChange={(week) => form.setFieldValue('week', week)} />
          </Wide>
        )}
      </Section>

      <Section title={t.queues.holidays} help={t.queues.holidaysHelp}>
        <Wide>
          <Holidays
            days={values.holidays}
            today={today}
            draft={holiday}
            onDraft={setHoliday}
            onChange={(days) => form.setFieldValue('holidays', days)}
            format={(day) => format.date(`${day}T12:00:00`)}
          />
        </Wide>
      </Section>

      <Section title={t.queues.outcomes} help={t.queues.outcomesHelp}>
        <Wide>
          <Outcomes
            outcomes={values.outcomes}
            showErrors={Boolean(form.errors.outcomes)}
            onChange={(outcomes) => form.setValues({ outcomes })}
          />
        </Wide>
      </Section>
    </EditorForm>
  )
}

function zoneTime(now: number, timeZone: string, language: string): string {
  try {
    return new Intl.DateTimeFormat(language, { timeZone, weekday: 'short', hour: 'numeric', minute: '2-digit' }).format(now)
  } catch {
    return ''
  }
}

/** The date there now, as YYYY-MM-DD. */
function zoneDay(now: number, timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('sv-SE', { timeZone }).format(now)
  } catch {
    return new Date(now).toISOString().slice(0, 10)
  }
}
