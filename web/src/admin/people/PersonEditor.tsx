import { NumberInput, PasswordInput, Select, Switch, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { api, call } from '../../api/client'
import { keys } from '../../api/keys'
import type { ChannelKind, Person, PersonInput, Queue, Role, Skill } from '../../api/types'
import { useLanguage, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { commonText } from '../../i18n/common'
import { isLanguage } from '../../i18n/core'
import { useMe } from '../../session'
import { EditorForm } from '../kit/EditorForm'
import { beside, LanguageField, Section, Wide } from '../kit/fields'
import { checkNumber, checkRequired } from '../kit/values'
import { ChannelLimits, QueueLevels, SkillLevels } from './Levels'

const roles = ['agent', 'supervisor', 'admin'] as const satisfies readonly Role[]

type Props = { person: Person | undefined; queues: readonly Queue[]; skills: readonly Skill[]; kinds: readonly ChannelKind[] }

export function PersonEditor({ person, queues, skills, kinds }: Props) {
  const t = useText(adminText)
  const common = useText(commonText)
  const { language } = useLanguage()
  const me = useMe()
  const self = person?.id === me.id

  const form = useForm({
    initialValues: {
      name: person?.name ?? '',
      email: person?.email ?? '',
      role: person?.role ?? ('agent'),
      locale: person && isLanguage(person.locale) ? person.locale : language,
      password: '',
      active: person?.active ?? true,
      capacity: (person?.capacity ?? 100) as number | string,
      auto_accept: person?.auto_accept ?? false,
      skills: person?.skills ?? {},
      queues: person?.queues ?? {},
      channel_limits: person?.channel_limits ?? {},
    },
    validate: {
      name: (value) => checkRequired(t.rules, value),
      email: (value) => checkRequired(t.rules, value) ?? (/^\S+@\S+\.\S+$/.test(value.trim()) ? null : t.rules.email),
      password: (value) => (value === '' ? (person ? null : t.rules.required) : value.length < 8 ? t.rules.password : null),
      capacity: (value) => checkNumber(t.rules, value, 0, 10_000),
    },
  })
  const { values } = form

  const save = ({ password, capacity, ...rest }: typeof form.values) => {
    const body: PersonInput = {
      ...rest,
      name: rest.name.trim(),
      email: rest.email.trim(),
      capacity: Number(capacity),
      ...(password ? { password } : {}),
      ...(person ? { version: person.version } : {}),
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
      nameOf={(saved) => saved.name}
      refresh={[keys.people, keys.targets, ...(self ? [keys.me] : [])]}
      remove={
        person?.active && !self
          ? {
              label: t.people.deactivate,
              ask: t.people.deactivateAsk(person.name),
              done: t.people.deactivated(person.name),
              run: () => call(api.DELETE('/people/{id}', { params: { path: { id: person.id } } })),
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
          <QueueLevels queues={queues} value={values.queues} onChange={(next) => form.setFieldValue('queues', next)} />
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
    </EditorForm>
  )
}
