import { Button, Group, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconMessage2Bolt } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import { api, call } from '../../api/client'
import { keys } from '../../api/keys'
import { useCannedReplies } from '../../api/queries'
import type { CannedReply } from '../../api/types'
import { useLanguage, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { commonText } from '../../i18n/common'
import { isLanguage, type Language } from '../../i18n/core'
import { DataTable, type Column } from '../kit/DataTable'
import { EditorForm, EditorGone, EditorWaits } from '../kit/EditorForm'
import { EditorHost } from '../kit/EditorHost'
import { LanguageField, Section, Wide } from '../kit/fields'
import { List, Page, Search } from '../kit/Page'
import { matchesSearch } from '../kit/sort'
import text from '../kit/text.module.css'
import { useEntry } from '../kit/useEntry'
import { useLabel } from '../kit/useLabel'
import { checkRequired, checkSlug } from '../kit/values'
import classes from './Replies.module.css'

const path = '/admin/replies'

export function RepliesPage() {
  const t = useText(adminText)
  const common = useText(commonText)
  const replies = useCannedReplies()
  const { id, close, to } = useEntry(path)
  const [search, setSearch] = useState('')

  const language = (reply: CannedReply) => (isLanguage(reply.locale) ? common.language[reply.locale] : reply.locale)
  const columns: Column<CannedReply>[] = [
    {
      id: 'shortcut',
      header: t.replies.shortcut,
      width: '16%',
      cell: (reply) => <span className={text.strong}>/{reply.shortcut}</span>,
      sort: (reply) => reply.shortcut,
    },
    { id: 'title', header: t.replies.titleField, cell: (reply) => reply.title, sort: (reply) => reply.title, from: 'tablet', width: '22%' },
    { id: 'body', header: t.replies.body, cell: (reply) => <span className={`${text.cut ?? ''} ${text.off ?? ''}`}>{reply.body}</span>, from: 'tablet' },
    { id: 'language', header: t.replies.language, cell: language, sort: language, width: '120px' },
  ]

  return (
    <Page
      title={t.replies.title}
      about={t.replies.about}
      add={{ label: t.replies.add, to: to('new') }}
      tools={<Search value={search} onChange={setSearch} label={t.replies.search} />}
    >
      <List
        query={replies}
        rows={(all) => all.filter((reply) => matchesSearch(search, reply.shortcut, reply.title, reply.body))}
        total={(all) => all.length}
        onClear={() => setSearch('')}
        empty={{ icon: IconMessage2Bolt, title: t.replies.empty, help: t.replies.emptyHelp, action: { label: t.replies.add, to: to('new') } }}
      >
        {(rows) => (
          <DataTable
            label={t.replies.title}
            rows={rows}
            columns={columns}
            id={(reply) => reply.id}
            to={(reply) => to(reply.id)}
            selected={id}
            sort={{ column: 'shortcut', direction: 'asc' }}
            phone={(reply) => reply.title}
          />
        )}
      </List>
      <EditorHost id={id} onClose={close} size={620}>
        {(shown) => {
          if (!replies.data) return <EditorWaits query={replies} />
          const reply = replies.data.find((entry) => entry.id === shown)
          if (!reply && shown !== 'new') return <EditorGone />
          return <ReplyEditor reply={reply} />
        }}
      </EditorHost>
    </Page>
  )
}

function valuesOf(reply: CannedReply | undefined, language: Language) {
  return {
    shortcut: reply?.shortcut ?? '',
    locale: reply && isLanguage(reply.locale) ? reply.locale : language,
    title: reply?.title ?? '',
    body: reply?.body ?? '',
  }
}

const placeholders = ['{{contact.name}}', '{{agent.name}}'] as const

function ReplyEditor({ reply }: { reply: CannedReply | undefined }) {
  const t = useText(adminText)
  const common = useText(commonText)
  const { language } = useLanguage()
  const body = useRef<HTMLTextAreaElement>(null)
  const form = useForm({
    initialValues: valuesOf(reply, language),
    validate: {
      shortcut: (value) => checkSlug(t.rules, value, []),
      title: (value) => checkRequired(t.rules, value),
      body: (value) => checkRequired(t.rules, value),
    },
  })

  const label = useLabel({ shortcut: t.replies.shortcut, locale: t.replies.language, title: t.replies.titleField, body: t.replies.body })

  const save = (values: typeof form.values, version: number | undefined) => {
    const sent = { ...values, version }
    return call(reply ? api.PUT('/canned-replies/{id}', { params: { path: { id: reply.id } }, body: sent }) : api.POST('/canned-replies', { body: sent }))
  }

  const insert = (placeholder: string) => {
    const field = body.current
    if (!field) return
    field.setRangeText(placeholder, field.selectionStart, field.selectionEnd, 'end')
    form.setFieldValue('body', field.value)
    field.focus()
  }

  const labels = { '{{contact.name}}': t.replies.customerName, '{{agent.name}}': t.replies.agentName }
  const sample = form.values.body.replaceAll('{{contact.name}}', t.replies.sampleCustomer).replaceAll('{{agent.name}}', t.replies.sampleAgent)
  return (
    <EditorForm
      title={reply ? `/${reply.shortcut}` : t.replies.new}
      isNew={!reply}
      form={form}
      save={save}
      together={{
        entry: reply,
        versionOf: (entry) => entry.version,
        latest: async () => (await call(api.GET('/canned-replies'))).items.find((entry) => entry.id === reply?.id),
        valuesOf: (entry) => valuesOf(entry, language),
        label,
      }}
      nameOf={(values) => `/${values.shortcut}`}
      refresh={[keys.cannedReplies]}
      remove={
        reply && {
          label: common.delete,
          ask: t.editor.deleteAsk(`/${reply.shortcut}`),
          done: t.editor.deleted(`/${reply.shortcut}`),
          run: (version) => call(api.DELETE('/canned-replies/{id}', { params: { path: { id: reply.id }, query: { version } } })),
        }
      }
    >
      <Section>
        <TextInput
          label={t.replies.shortcut}
          description={t.replies.shortcutHelp}
          leftSection="/"
          required
          maxLength={60}
          spellCheck={false}
          autoCapitalize="off"
          data-autofocus={!reply || undefined}
          {...form.getInputProps('shortcut')}
        />
        <LanguageField label={t.replies.language} value={form.values.locale} onChange={(value) => isLanguage(value) && form.setFieldValue('locale', value)} />
        <Wide>
          <TextInput label={t.replies.titleField} description={t.replies.titleHelp} required maxLength={200} {...form.getInputProps('title')} />
        </Wide>
        <Wide>
          <Textarea
            ref={body}
            label={t.replies.body}
            description={t.replies.bodyHelp}
            required
            autosize
            minRows={4}
            maxRows={14}
            maxLength={4000}
            lang={form.values.locale}
            {...form.getInputProps('body')}
          />
          <Group gap="xs" mt={8}>
            {placeholders.map((placeholder) => (
              <Button key={placeholder} size="compact-sm" variant="default" aria-label={t.replies.insert(labels[placeholder])} onClick={() => insert(placeholder)}>
                {labels[placeholder]}
              </Button>
            ))}
          </Group>
        </Wide>
        {sample.trim() && (
          <Wide>
            <div className={classes.label}>{t.replies.preview}</div>
            <p className={classes.preview} lang={form.values.locale}>
              {sample}
            </p>
          </Wide>
        )}
      </Section>
    </EditorForm>
  )
}
