import { NumberInput, Select, Switch, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { api, call } from '../../api/client'
import { keys } from '../../api/keys'
import type { Channel, ChannelInput, ChannelKind, Queue, SettingField } from '../../api/types'
import { useLocalText, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { commonText } from '../../i18n/common'
import { plansText } from '../../i18n/plans'
import { EditorForm } from '../kit/EditorForm'
import { Notice } from '../../ui/Notice'
import { beside, Section, Wide } from '../kit/fields'
import { useLabel } from '../kit/useLabel'
import { usePlans } from '../kit/usePeople'
import { checkNumber, checkRequired, checkSlug, slugify } from '../kit/values'
import classes from './Channels.module.css'
import { ConnectSection } from './ConnectSection'
import { HealthSection } from './HealthSection'
import { SettingInput } from './SettingInput'
import { TestConnection } from './TestConnection'

type Props = {
  channel: Channel | undefined
  kinds: readonly ChannelKind[]
  flows: readonly string[]
  queues: readonly Queue[]
  taken: readonly string[]
  kindName: (kind: string) => string
  onCreated: (id: string) => void
}

const usualCost: Record<string, number> = { voice: 100, email: 10 }

/** What the form starts with: the kept values, for a new account the defaults. Secrets are never sent back by the server. */
function startValues(fields: readonly SettingField[], settings: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(fields.map((field) => [field.name, field.type === 'secret' ? '' : (settings?.[field.name] ?? field.default ?? '')]))
}

function valuesOf(channel: Channel | undefined, kinds: readonly ChannelKind[], flows: readonly string[], queues: readonly Queue[]) {
  const kind = channel?.kind ?? kinds[0]?.kind ?? ''
  return {
    id: channel?.id ?? '',
    kind,
    name: channel?.name ?? '',
    flow: channel?.flow ?? flows[0] ?? '',
    queue: channel?.queue ?? queues[0]?.id ?? '',
    plan: channel?.plan ?? '',
    cost: (channel?.cost ?? usualCost[kind] ?? 20) as number | string,
    enabled: channel?.enabled ?? true,
    paused: channel?.paused ?? false,
    settings: startValues(kinds.find((entry) => entry.kind === kind)?.fields ?? [], channel?.settings),
  }
}

export function ChannelEditor({ channel, kinds, flows, queues, taken, kindName, onCreated }: Props) {
  const t = useText(adminText)
  const common = useText(commonText)
  const local = useLocalText()
  const fieldsOf = (kind: string) => kinds.find((entry) => entry.kind === kind)?.fields ?? []
  const form = useForm({
    initialValues: valuesOf(channel, kinds, flows, queues),
    validate: (values) => ({
      id: channel ? null : checkSlug(t.rules, values.id, taken),
      kind: checkRequired(t.rules, values.kind),
      name: checkRequired(t.rules, values.name),
      flow: checkRequired(t.rules, values.flow),
      queue: checkRequired(t.rules, values.queue),
      cost: checkNumber(t.rules, values.cost, 0, 100),
      ...Object.fromEntries(
        fieldsOf(values.kind)
          .filter((field) => field.required && !(values.settings[field.name] ?? '').trim() && !isKept(field, channel))
          .map((field): [string, string] => [`settings.${field.name}`, t.rules.required]),
      ),
    }),
  })
  const { values } = form
  const kind = kinds.find((entry) => entry.kind === values.kind)
  const fields = fieldsOf(values.kind)
  const plain = fields.filter((field) => !field.advanced)
  const advanced = fields.filter((field) => field.advanced)
  const input = (field: SettingField) => (
    <SettingInput
      key={`${values.kind}.${field.name}`}
      field={field}
      kept={isKept(field, channel)}
      value={values.settings[field.name] ?? ''}
      error={form.errors[`settings.${field.name}`] ?? form.errors[field.name]}
      onChange={(value) => form.setFieldValue(`settings.${field.name}`, value)}
    />
  )

  const plans = usePlans()
  const words = useText(plansText).channel
  const isSecret = (name: string | undefined) => fields.some((field) => field.name === name && field.type === 'secret')
  const label = useLabel(
    { kind: t.channels.kind, name: t.channels.name, flow: t.channels.flow, queue: t.channels.queue, plan: words.plan, cost: t.channels.cost, enabled: t.channels.enabled, paused: t.channels.paused, settings: t.channels.settings(kindName(values.kind)) },
    (name) => local(fields.find((field) => field.name === name)?.label) || name,
  )

  const save = (entered: typeof values, version: number | undefined) => {
    const body: ChannelInput = {
      id: entered.id,
      kind: entered.kind,
      name: entered.name.trim(),
      flow: entered.flow,
      queue: entered.queue,
      plan: entered.plan,
      cost: Number(entered.cost),
      enabled: entered.enabled,
      paused: entered.paused,
      settings: settingsOf(fieldsOf(entered.kind), entered.settings),
      version,
    }
    return call(channel ? api.PUT('/channels/{slug}', { params: { path: { slug: channel.id } }, body }) : api.POST('/channels', { body }))
  }

  const chooseKind = (kind: string) =>
    form.setValues({ kind, settings: startValues(fieldsOf(kind), undefined), cost: usualCost[kind] ?? 20 })

  const setName = (name: string) => {
    form.setFieldValue('name', name)
    if (!channel && !form.isTouched('id')) form.setFieldValue('id', slugify(name))
  }

  return (
    <EditorForm
      title={channel?.name ?? t.channels.new}
      subtitle={channel && `${kindName(channel.kind)} · ${channel.id}`}
      isNew={!channel}
      form={form}
      save={save}
      together={{
        entry: channel,
        versionOf: (entry) => entry.version,
        latest: async () => (await call(api.GET('/channels'))).items.find((entry) => entry.id === channel?.id),
        valuesOf: (entry) => valuesOf(entry, kinds, flows, queues),
        label,
        secret: (path) => path[0] === 'settings' && isSecret(path[1]),
      }}
      nameOf={(saved) => saved.name}
      refresh={[keys.channels]}
      {...(channel ? {} : { onSaved: (saved: Channel) => onCreated(saved.id) })}
      remove={
        channel && {
          label: common.delete,
          ask: t.editor.deleteAsk(channel.name),
          done: t.editor.deleted(channel.name),
          run: (version) => call(api.DELETE('/channels/{slug}', { params: { path: { slug: channel.id }, query: { version } } })),
        }
      }
    >
      <Section>
        {kind?.retired && (
          <Wide>
            <Notice role="status" title={t.channels.retired}>
              {kind.retired}
            </Notice>
          </Wide>
        )}
        {!channel && (
          <Select
            label={t.channels.kind}
            description={kinds.length > 0 ? t.channels.kindHelp : t.channels.noKinds}
            required
            allowDeselect={false}
            data-autofocus
            data={kinds.map((entry) => ({ value: entry.kind, label: kindName(entry.kind) }))}
            {...form.getInputProps('kind')}
            onChange={(kind: string | null) => {
              if (kind) chooseKind(kind)
            }}
          />
        )}
        <TextInput
          label={t.channels.name}
          description={t.channels.nameHelp}
          required
          maxLength={100}
          {...form.getInputProps('name')}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {!channel && (
          <TextInput label={t.editor.id} description={t.editor.idHelp} required maxLength={60} spellCheck={false} autoCapitalize="off" {...form.getInputProps('id')} />
        )}
        <Switch className={beside} label={t.channels.enabled} description={t.channels.enabledHelp} {...form.getInputProps('enabled', { type: 'checkbox' })} />
        {channel && <Switch className={beside} label={t.channels.paused} description={t.channels.pausedHelp} {...form.getInputProps('paused', { type: 'checkbox' })} />}
        <Select
          label={t.channels.flow}
          description={t.channels.flowHelp}
          required
          allowDeselect={false}
          data={[...new Set([...flows, ...(values.flow ? [values.flow] : [])])]}
          {...form.getInputProps('flow')}
        />
        <Select
          label={t.channels.queue}
          description={t.channels.queueHelp}
          required
          allowDeselect={false}
          data={queues.map((queue) => ({ value: queue.id, label: local(queue.name) }))}
          {...form.getInputProps('queue')}
        />
        <Select
          label={words.plan}
          description={words.planHelp}
          allowDeselect={false}
          data={[{ value: '', label: words.noPlan }, ...withValue((plans.data ?? []).map((plan) => ({ value: plan.id, label: local(plan.name) })), values.plan)]}
          {...form.getInputProps('plan')}
        />
        <NumberInput
          label={t.channels.cost}
          description={t.channels.costHelp}
          allowDecimal={false}
          allowNegative={false}
          clampBehavior="none"
          step={5}
          {...form.getInputProps('cost')}
        />
      </Section>

      {channel && <HealthSection channel={channel} />}
      {channel && <ConnectSection channel={channel} kind={kind} />}

      {fields.length > 0 && (
        <Section title={t.channels.settings(kindName(values.kind))}>
          {plain.map(input)}
          {advanced.length > 0 && (
            <Wide>
              <details className={classes.advanced} open={advanced.some((field) => form.errors[`settings.${field.name}`] !== undefined) || undefined}>
                <summary>{t.channels.advanced}</summary>
                <div className={classes.advancedFields}>{advanced.map(input)}</div>
              </details>
            </Wide>
          )}
          {kind?.checks && <TestConnection key={values.kind} id={channel?.id} kind={values.kind} settings={() => settingsOf(fields, form.getValues().settings)} />}
        </Section>
      )}
    </EditorForm>
  )
}

/** A choice that is not in the list stays visible. */
function withValue(choices: { value: string; label: string }[], value: string): { value: string; label: string }[] {
  return value === '' || choices.some((choice) => choice.value === value) ? choices : [...choices, { value, label: value }]
}

/** What is sent of the settings: a secret that was not typed again is left out, the server keeps what it has. */
function settingsOf(fields: readonly SettingField[], values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(fields.map((field): [SettingField, string] => [field, values[field.name] ?? '']).flatMap(([field, value]) => (field.type === 'secret' && value === '' ? [] : [[field.name, value]])))
}

/** Whether the server has a value for a secret already. */
function isKept(field: SettingField, channel: Channel | undefined): boolean {
  return field.type === 'secret' && channel?.secrets_set.includes(field.name) === true
}
