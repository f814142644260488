import { NumberInput, Switch } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconMoodCheck } from '@tabler/icons-react'
import { useState } from 'react'
import { api, call } from '../../api/client'
import { keys } from '../../api/keys'
import { usePresences } from '../../api/queries'
import type { Presence } from '../../api/types'
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
import { useLabel } from '../kit/useLabel'
import { checkNumber, checkRequired, checkSlug, localText, textValues } from '../kit/values'

const path = '/admin/presences'

export function PresencesPage() {
  const t = useText(adminText)
  const local = useLocalText()
  const format = useFormat()
  const presences = usePresences()
  const { id, close, to } = useEntry(path)
  const [search, setSearch] = useState('')

  const offers = (presence: Presence) => (presence.offers_work ? t.presences.offersWork : t.presences.noWork)
  const columns: Column<Presence>[] = [
    {
      id: 'name',
      header: t.presences.name,
      width: '28%',
      cell: (presence) => <span className={text.strong}>{local(presence.label)}</span>,
      sort: (presence) => local(presence.label),
    },
    { id: 'id', header: t.editor.id, cell: (presence) => <span className={text.mono}>{presence.id}</span>, sort: (presence) => presence.id, from: 'tablet' },
    {
      id: 'work',
      header: t.presences.offersWork,
      cell: (presence) => (
        <span className={text.nowrap}>
          <span className={text.dot} data-on={presence.offers_work} />
          {offers(presence)}
        </span>
      ),
      sort: (presence) => presence.offers_work,
      first: 'desc',
    },
    { id: 'builtin', header: t.presences.builtin, cell: (presence) => (presence.builtin ? t.presences.builtin : ''), from: 'tablet' },
    {
      id: 'position',
      header: t.presences.position,
      help: t.presences.positionHelp,
      align: 'end',
      width: '110px',
      cell: (presence) => format.number(presence.position ?? 0),
      sort: (presence) => presence.position ?? 0,
    },
  ]

  return (
    <Page
      title={t.presences.title}
      about={t.presences.about}
      add={{ label: t.presences.add, to: to('new') }}
      tools={<Search value={search} onChange={setSearch} label={t.presences.search} />}
    >
      <List
        query={presences}
        rows={(all) => all.filter((presence) => matchesSearch(search, presence.id, presence.label.en, presence.label.ko))}
        total={(all) => all.length}
        onClear={() => setSearch('')}
        empty={{ icon: IconMoodCheck, title: t.presences.empty, help: t.presences.emptyHelp, action: { label: t.presences.add, to: to('new') } }}
      >
        {(rows) => (
          <DataTable
            label={t.presences.title}
            rows={rows}
            columns={columns}
            id={(presence) => presence.id}
            to={(presence) => to(presence.id)}
            selected={id}
            sort={{ column: 'position', direction: 'asc' }}
          />
        )}
      </List>
      <EditorHost id={id} onClose={close} size={560}>
        {(shown) => {
          if (!presences.data) return <EditorWaits query={presences} />
          const presence = presences.data.find((entry) => entry.id === shown)
          if (!presence && shown !== 'new') return <EditorGone />
          return <PresenceEditor presence={presence} all={presences.data} />
        }}
      </EditorHost>
    </Page>
  )
}

function valuesOf(presence: Presence | undefined) {
  return {
    id: presence?.id ?? '',
    label: textValues(presence?.label),
    offers_work: presence?.offers_work ?? false,
    position: (presence?.position ?? 50) as number | string,
  }
}

function PresenceEditor({ presence, all }: { presence: Presence | undefined; all: readonly Presence[] }) {
  const t = useText(adminText)
  const common = useText(commonText)
  const local = useLocalText()
  const form = useForm({
    initialValues: valuesOf(presence),
    validate: {
      id: (value) => (presence ? null : checkSlug(t.rules, value, all.map((entry) => entry.id))),
      label: { en: (value: string) => checkRequired(t.rules, value) },
      position: (value) => checkNumber(t.rules, value, 0, 10_000),
    },
  })

  const label = useLabel({ label: t.presences.name, offers_work: t.presences.offersWork, position: t.presences.position })

  const save = (values: typeof form.values, version: number | undefined) => {
    const body = {
      id: values.id,
      label: localText(values.label),
      offers_work: values.offers_work,
      position: Number(values.position),
      version,
    }
    return call(presence ? api.PUT('/presences/{slug}', { params: { path: { slug: presence.id } }, body }) : api.POST('/presences', { body }))
  }

  const name = presence ? local(presence.label) : t.presences.new
  return (
    <EditorForm
      title={name}
      subtitle={presence?.id}
      isNew={!presence}
      form={form}
      save={save}
      together={{
        entry: presence,
        versionOf: (entry) => entry.version,
        latest: async () => (await call(api.GET('/presences'))).items.find((entry) => entry.id === presence?.id),
        valuesOf,
        label,
      }}
      nameOf={(values) => values.label.en}
      refresh={[keys.presences]}
      remove={
        presence && !presence.builtin
          ? {
              label: common.delete,
              ask: t.editor.deleteAsk(name),
              done: t.editor.deleted(name),
              run: (version) => call(api.DELETE('/presences/{slug}', { params: { path: { slug: presence.id }, query: { version } } })),
            }
          : undefined
      }
    >
      <Section {...(presence?.builtin ? { help: t.presences.builtinHelp } : {})}>
        <LocalName form={form} field="label" label={t.presences.name} isNew={!presence} />
        <NumberInput label={t.presences.position} description={t.presences.positionHelp} allowDecimal={false} {...form.getInputProps('position')} />
        <Wide>
          <Switch
            label={t.presences.offersWork}
            description={t.presences.offersWorkHelp}
            disabled={presence?.builtin}
            {...form.getInputProps('offers_work', { type: 'checkbox' })}
          />
        </Wide>
      </Section>
    </EditorForm>
  )
}
