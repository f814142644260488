import { useForm } from '@mantine/form'
import { IconTags } from '@tabler/icons-react'
import { useState } from 'react'
import { api, call } from '../../api/client'
import { keys } from '../../api/keys'
import { useSkills } from '../../api/queries'
import type { Person, Skill } from '../../api/types'
import { useFormat, useLocalText, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { commonText } from '../../i18n/common'
import { DataTable, type Column } from '../kit/DataTable'
import { EditorForm, EditorGone, EditorWaits } from '../kit/EditorForm'
import { EditorHost } from '../kit/EditorHost'
import { LocalName, Section, Wide } from '../kit/fields'
import { List, Page, Search } from '../kit/Page'
import { matchesSearch } from '../kit/sort'
import text from '../kit/text.module.css'
import { useEntry } from '../kit/useEntry'
import { usePeople } from '../kit/usePeople'
import { useLabel } from '../kit/useLabel'
import { checkRequired, checkSlug, localText, textValues } from '../kit/values'
import { LevelList } from './LevelList'

const path = '/admin/skills'

export function SkillsPage() {
  const t = useText(adminText)
  const local = useLocalText()
  const format = useFormat()
  const skills = useSkills()
  const people = usePeople()
  const { id, close, to } = useEntry(path)
  const [search, setSearch] = useState('')

  const active = people.data?.filter((person) => person.active) ?? []
  const holders = (skill: Skill) => active.filter((person) => skill.id in person.skills)
  const columns: Column<Skill>[] = [
    { id: 'name', header: t.skills.name, cell: (skill) => <span className={text.strong}>{local(skill.label)}</span>, sort: (skill) => local(skill.label) },
    { id: 'id', header: t.editor.id, cell: (skill) => <span className={text.mono}>{skill.id}</span>, sort: (skill) => skill.id, from: 'tablet' },
    { id: 'levels', header: t.skills.best, cell: (skill) => <LevelList people={holders(skill)} skill={skill.id} />, from: 'tablet', width: '50%' },
    {
      id: 'people',
      header: t.skills.people,
      help: t.skills.peopleHelp,
      align: 'end',
      first: 'desc',
      width: '110px',
      cell: (skill) => format.number(holders(skill).length),
      sort: (skill) => holders(skill).length,
    },
  ]

  return (
    <Page
      title={t.skills.title}
      about={t.skills.about}
      add={{ label: t.skills.add, to: to('new') }}
      tools={<Search value={search} onChange={setSearch} label={t.skills.search} />}
    >
      <List
        query={skills}
        rows={(all) => all.filter((skill) => matchesSearch(search, skill.id, skill.label.en, skill.label.ko))}
        total={(all) => all.length}
        onClear={() => setSearch('')}
        empty={{ icon: IconTags, title: t.skills.empty, help: t.skills.emptyHelp, action: { label: t.skills.add, to: to('new') } }}
      >
        {(rows) => (
          <DataTable
            label={t.skills.title}
            rows={rows}
            columns={columns}
            id={(skill) => skill.id}
            to={(skill) => to(skill.id)}
            selected={id}
            sort={{ column: 'name', direction: 'asc' }}
          />
        )}
      </List>
      <EditorHost id={id} onClose={close} size={560}>
        {(shown) => {
          if (!skills.data) return <EditorWaits query={skills} />
          const skill = skills.data.find((entry) => entry.id === shown)
          if (!skill && shown !== 'new') return <EditorGone />
          return <SkillEditor skill={skill} taken={skills.data.map((entry) => entry.id)} holders={skill ? holders(skill) : []} />
        }}
      </EditorHost>
    </Page>
  )
}

function valuesOf(skill: Skill | undefined) {
  return { id: skill?.id ?? '', label: textValues(skill?.label) }
}

type EditorProps = { skill: Skill | undefined; taken: string[]; holders: Person[] }

function SkillEditor({ skill, taken, holders }: EditorProps) {
  const t = useText(adminText)
  const common = useText(commonText)
  const local = useLocalText()
  const form = useForm({
    initialValues: valuesOf(skill),
    validate: {
      id: (value) => (skill ? null : checkSlug(t.rules, value, taken)),
      label: { en: (value: string) => checkRequired(t.rules, value) },
    },
  })

  const label = useLabel({ label: t.skills.name })

  const save = (values: typeof form.values, version: number | undefined) => {
    const body = { id: values.id, label: localText(values.label), version }
    return call(skill ? api.PUT('/skills/{slug}', { params: { path: { slug: skill.id } }, body }) : api.POST('/skills', { body }))
  }

  const name = skill ? local(skill.label) : t.skills.new
  return (
    <EditorForm
      title={name}
      subtitle={skill?.id}
      isNew={!skill}
      form={form}
      save={save}
      together={{
        entry: skill,
        versionOf: (entry) => entry.version,
        latest: async () => (await call(api.GET('/skills'))).items.find((entry) => entry.id === skill?.id),
        valuesOf,
        label,
      }}
      nameOf={(values) => values.label.en}
      refresh={[keys.skills]}
      remove={
        skill && {
          label: common.delete,
          ask: t.editor.deleteAsk(name),
          done: t.editor.deleted(name),
          run: (version) => call(api.DELETE('/skills/{slug}', { params: { path: { slug: skill.id }, query: { version } } })),
        }
      }
    >
      <Section>
        <LocalName form={form} field="label" label={t.skills.name} isNew={!skill} />
      </Section>
      {skill && (
        <Section title={t.skills.whoHas}>
          <Wide>{holders.length > 0 ? <LevelList people={holders} skill={skill.id} all /> : <p className={text.dim}>{t.skills.nobody}</p>}</Wide>
        </Section>
      )}
    </EditorForm>
  )
}
