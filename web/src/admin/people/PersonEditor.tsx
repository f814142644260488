import { NumberInput, PasswordInput, Select, Switch, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { api, call } from '../../api/client'
import { keys } from '../../api/keys'
import type { ChannelKind, Person, PersonInput, Queue, Role, Skill } from '../../api/types'
import { useLanguage, useLocalText, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { commonText } from '../../i18n/common'
import { isLanguage, type Language } from '../../i18n/core'
import { plansText } from '../../i18n/plans'
import { useMe } from '../../session'
import { EditorForm } from '../kit/EditorForm'
import { beside, LanguageField, Section, Wide } from '../kit/fields'
import { AttributeLines, type AttributeLine } from '../kit/AttributeLines'
import { useLabel } from '../kit/useLabel'
import { checkNumber, checkRequired } from '../kit/values'
import { attributeText, attributeValue } from './attributes'
import { ChannelLimits, QueueLevels, SkillLevels } from './Levels'

const roles = ['agent', 'supervisor', 'admin'] as const satisfies readonly Role[]

type Props = { person: Person | undefined; queues: readonly Queue[]; skills: readonly Skill[]; kinds: readonly ChannelKind[] }

function valuesOf(person: Person | undefined, language: Language) {
  return {
    name: person?.name ?? '',
    email: person?.email ?? '',
    role: person?.role ?? 'agent',
    locale: person && isLanguage(person.locale) ? person.locale : language,
    password: '',
    active: person?.active ?? true,
    capacity: (person?.capacity ?? 100) as number | string,
    auto_accept: person?.auto_accept ?? false,
    skills: person?.skills ?? {},
    queues: person?.queues ?? {},
    delays: person?.delays ?? {},
    channel_limits: person?.channel_limits ?? {},
    attributes: Object.entries(person?.attributes ?? {}).map(([name, value]): AttributeLine => ({ name, value: attributeText(value) })),
  }
}

export function PersonEditor({ person, queues, skills, kinds }: Props) {
  const t = useText(adminText)
  const common = useText(commonText)
  const words = useText(plansText).person
  const local = useLocalText()
  const { language } = useLanguage()
  const me = useMe()
  const self = person?.id === me.id

  const form = useForm({
    initialValues: valuesOf(person, language),
    validate: {
      name: (value) => checkRequired(t.rules, value),
      email: (value) => checkRequired(t.rules, value) ?? (/^\S+@\S+\.\S+$/.test(value.trim()) ? null : t.rules.email),
      password: (value) => (value === '' ? (person ? null : t.rules.required) : value.length < 8 ? t.rules.password : null),
      capacity: (value) => checkNumber(t.rules, value, 0, 10_000),
    },
  })
  const { values } = form

  const byCondition = person?.member_by_condition ?? []
  const queueName = (id: string) => local(queues.find((entry) => entry.id === id)?.name) || id
  const label = useLabel(
    {
      name: t.people.name,
      email: t.people.email,
      role: t.people.role,
      locale: t.people.language,
      password: t.people.password,
      active: t.people.active,
      capacity: t.people.capacity,
      auto_accept: t.people.autoAccept,
      skills: t.people.skills,
      queues: t.people.queues,
      delays: words.delayHelp,
      channel_limits: t.people.limits,
      attributes: words.attributes,
    },
    (key, field) => (field === 'skills' ? local(skills.find((entry) => entry.id === key)?.label) || key : field === 'queues' || field === 'delays' ? queueName(key) : key),
  )

  const save = ({ password, capacity, attributes, delays, ...rest }: typeof form.values, version: number | undefined) => {
    const body: PersonInput = {
      ...rest,
      // Nothing is delayed in a queue that somebody has left.
      delays: Object.fromEntries(Object.entries(delays).filter(([queue]) => queue in rest.queues || byCondition.includes(queue))),
      attributes: Object.fromEntries(attributes.filter(({ name }) => name.trim() !== '').map(({ name, value }) => [name.trim(), attributeValue(value)])),
      name: rest.name.trim(),
      email: rest.email.trim(),
      capacity: Number(capacity),
      ...(password ? { password } : {}),
      ...(version === undefined ? {} : { version }),
    }
    return call(person ? api.PUT('/people/{id}', { params: { path: { id: person.id } }, body }) : api.POST('/people', { body }))
  }

  return (
    <EditorForm
      title={person?.name ?? t.people.add}
      subtitle={person?.email}
      isNew={!person}
      form={form}
      save={save}
      together={{
        entry: person,
        versionOf: (entry) => entry.version,
        latest: async () => (await call(api.GET('/people'))).items.find((entry) => entry.id === person?.id),
        valuesOf: (entry) => valuesOf(entry, language),
        label,
        secret: ([field]) => field === 'password',
      }}
      nameOf={(saved) => saved.name}
      refresh={[keys.people, keys.targets, ...(self ? [keys.me] : [])]}
      remove={
        person?.active && !self
          ? {
              label: t.people.deactivate,
              ask: t.people.deactivateAsk(person.name),
              done: t.people.deactivated(person.name),
              run: (version) => call(api.DELETE('/people/{id}', { params: { path: { id: person.id }, query: { version } } })),
            }
          : undefined
      }
    >
      <Section title={t.people.sections.account}>
        <TextInput
          label={t.people.name}
          description={t.people.nameHelp}
          required
          maxLength={100}
          autoComplete="off"
          data-autofocus={!person || undefined}
          {...form.getInputProps('name')}
        />
        <TextInput
          label={t.people.email}
          description={t.people.emailHelp}
          required
          type="email"
          maxLength={200}
          autoComplete="off"
          {...form.getInputProps('email')}
        />
        <Select
          label={t.people.role}
          description={self && values.role === 'admin' ? t.people.selfRole : t.people.roleHelp[values.role]}
          disabled={self}
          allowDeselect={false}
          data={roles.map((role) => ({ value: role, label: common.role[role] }))}
          {...form.getInputProps('role')}
        />
        <LanguageField
          label={t.people.language}
          description={t.people.languageHelp}
          value={values.locale}
          onChange={(value) => isLanguage(value) && form.setFieldValue('locale', value)}
        />
        <PasswordInput
          label={person ? t.people.passwordNew : t.people.password}
          description={person ? t.people.passwordKeep : t.people.passwordHelp}
          required={!person}
          maxLength={200}
          autoComplete="new-password"
          {...form.getInputProps('password')}
        />
        {!self && (
          <Switch className={beside} label={t.people.active} description={t.people.activeHelp} {...form.getInputProps('active', { type: 'checkbox' })} />
        )}
      </Section>

      <Section title={t.people.queues} help={t.people.queuesHelp}>
        <Wide>
          <QueueLevels
            queues={queues}
            value={values.queues}
            onChange={(next) => form.setFieldValue('queues', next)}
            delays={values.delays}
            onDelays={(next) => form.setFieldValue('delays', next)}
            byCondition={byCondition}
          />
        </Wide>
      </Section>

      <Section title={t.people.skills} help={t.people.skillsHelp}>
        <Wide>
          <SkillLevels skills={skills} value={values.skills} onChange={(next) => form.setFieldValue('skills', next)} />
        </Wide>
      </Section>

      <Section title={t.people.sections.work}>
        <Wide>
          <NumberInput
            label={t.people.capacity}
            description={t.people.capacityHelp}
            maw={320}
            allowDecimal={false}
            allowNegative={false}
            clampBehavior="none"
            step={10}
            {...form.getInputProps('capacity')}
          />
        </Wide>
        <Wide>
          <Switch className={beside} label={t.people.autoAccept} description={t.people.autoAcceptHelp} {...form.getInputProps('auto_accept', { type: 'checkbox' })} />
        </Wide>
        <Wide>
          <ChannelLimits kinds={kinds} value={values.channel_limits} onChange={(next) => form.setFieldValue('channel_limits', next)} />
        </Wide>
      </Section>

      <Section title={words.attributes} help={words.attributesHelp}>
        <Wide>
          <AttributeLines label={words.attributes} lines={values.attributes} onChange={(next) => form.setFieldValue('attributes', next)} />
        </Wide>
      </Section>
    </EditorForm>
  )
}
