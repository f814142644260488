import { Select, Switch } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMemo, useState } from 'react'
import { api, call } from '../../api/client'
import { keys } from '../../api/keys'
import type { Queue } from '../../api/types'
import { useFormat, useLanguage, useLocalText, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { commonText } from '../../i18n/common'
import { plansText } from '../../i18n/plans'
import { slaText } from '../../i18n/sla'
import { useNow } from '../../ui/useNow'
import { EditorForm } from '../kit/EditorForm'
import { beside, LocalName, SecondsInput, Section, Wide } from '../kit/fields'
import { useLabel } from '../kit/useLabel'
import { usePlans } from '../kit/usePeople'
import { checkNumber, checkRequired, checkSlug, localText, textValues } from '../kit/values'
import { hoursOf, isAlwaysOpen, isWeekValid, officeWeek, weekOf } from './hours'
import { Holidays, HoursEditor } from './HoursEditor'
import { Outcomes, outcomesValid, type OutcomeValues } from './Outcomes'
import { RoutingFields } from './RoutingFields'
import { routingBody, routingValues } from './routingValues'
import { SlaFields } from './SlaFields'
import { slaBody, slaProblems, slaValues } from './slaValues'

const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone

function zones(present: string): string[] {
  return [...new Set(['UTC', present, browserZone, ...Intl.supportedValuesOf('timeZone')])].filter(Boolean).sort()
}

function valuesOf(queue: Queue | undefined) {
  return {
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
    routing: routingValues(queue),
    outcomes: (queue?.outcomes ?? []).map<OutcomeValues>((outcome, key) => ({ key, id: outcome.id, label: textValues(outcome.label), saved: true, typed: true })),
  }
}

function useQueueForm(queue: Queue | undefined, taken: readonly string[]) {
  const t = useText(adminText)
  return useForm({
    initialValues: valuesOf(queue),
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
      routing: {
        width: (value: number | string) => checkNumber(t.rules, value, 1, 50),
        max_waiting: (value: number | string) => (value === '' ? null : checkNumber(t.rules, value, 0, 1_000_000)),
      },
      outcomes: (value) => (outcomesValid(value) ? null : t.rules.required),
    },
  })
}

export function QueueEditor({ queue, queues }: { queue: Queue | undefined; queues: readonly Queue[] }) {
  const t = useText(adminText)
  const common = useText(commonText)
  const local = useLocalText()
  const { language } = useLanguage()
  const format = useFormat()
  const words = useText(plansText)
  const sla = useText(slaText)
  const plans = usePlans()
  const form = useQueueForm(queue, queues.map((entry) => entry.id))
  const { values } = form
  const [holiday, setHoliday] = useState('')
  const now = useNow(30_000)
  const zoneNames = useMemo(() => zones(queue?.time_zone ?? ''), [queue?.time_zone])

  const label = useLabel(
    {
      name: t.queues.name,
      offer_timeout_s: t.queues.offerTimeout,
      wrapup_s: t.queues.wrapup,
      first_reply_s: t.queues.firstReply,
      answer_within_s: t.queues.answerWithin,
      auto_accept: t.queues.autoAccept,
      boost_s: t.queues.boost,
      strict: t.queues.strict,
      time_zone: t.queues.zone,
      always: t.queues.alwaysOpen,
      week: t.queues.schedule,
      holidays: t.queues.holidays,
      sla: sla.admin.title,
      routing: words.queue.routing,
      outcomes: t.queues.outcomes,
    },
    (key, field) =>
      field === 'sla'
        ? { first_reply_s: sla.admin.firstReply, next_reply_s: sla.admin.nextReply, resolution_s: sla.admin.resolution, warn_percent: sla.admin.warn, rank_by: sla.admin.rank }[key]
        : field === 'routing'
          ? { order: words.order.label, order_by: words.order.by, width: words.queue.width, max_waiting: words.queue.maxWaiting, members_when: words.queue.membersWhen, overflow: words.queue.overflow, ...words.queue.reasons }[key]
          : field === 'week'
            ? { ...t.queues.days }[key]
            : undefined,
  )

  const save = (entered: typeof values, version: number | undefined) => {
    const body: Queue = {
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
      ...routingBody(entered.routing),
      outcomes: entered.outcomes.map((outcome) => ({ id: outcome.id, label: localText(outcome.label) })),
      ...(version === undefined ? {} : { version }),
    }
    return call(queue ? api.PUT('/queues/{slug}', { params: { path: { slug: queue.id } }, body }) : api.POST('/queues', { body }))
  }

  const choice = ({ id, name }: { id: string; name: Queue['name'] }) => ({ value: id, label: local(name) })
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
      together={{
        entry: queue,
        versionOf: (entry) => entry.version,
        latest: async () => (await call(api.GET('/queues'))).items.find((entry) => entry.id === queue?.id),
        valuesOf,
        label,
      }}
      nameOf={(saved) => local(localText(saved.name))}
      refresh={[keys.queues, keys.live, keys.targets]}
      remove={
        queue && {
          label: common.delete,
          ask: t.editor.deleteAsk(name),
          done: t.editor.deleted(name),
          run: (version) => call(api.DELETE('/queues/{slug}', { params: { path: { slug: queue.id }, query: { version } } })),
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

      <RoutingFields
        values={values.routing}
        errors={form.errors}
        queues={queues.filter((entry) => entry.id !== queue?.id).map(choice)}
        plans={(plans.data ?? []).map(choice)}
        onChange={(routing) => form.setValues({ routing })}
      />

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
