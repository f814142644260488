import { Button, CloseButton, Drawer, MultiSelect, SegmentedControl, Switch, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconDeviceTv, IconExternalLink } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { Confirm } from '../admin/kit/Confirm'
import { DataTable, type Column } from '../admin/kit/DataTable'
import { useEditor } from '../admin/kit/editor'
import editorClasses from '../admin/kit/Editor.module.css'
import { EditorForm } from '../admin/kit/EditorForm'
import { EditorHost } from '../admin/kit/EditorHost'
import { CopyField, LanguageField, Section, Wide } from '../admin/kit/fields'
import { List, Page, Search } from '../admin/kit/Page'
import { matchesSearch } from '../admin/kit/sort'
import text from '../admin/kit/text.module.css'
import { useEntry } from '../admin/kit/useEntry'
import { checkRequired } from '../admin/kit/values'
import { api, call } from '../api/client'
import { keys } from '../api/keys'
import { useQueues } from '../api/queries'
import type { Wallboard, WallboardInput } from '../api/types'
import { useFormat, useLanguage, useLocalText, useText } from '../i18n'
import { adminText } from '../i18n/admin'
import { commonText } from '../i18n/common'
import { reportsText } from '../i18n/reports'
import { Notice } from '../ui/Notice'
import { useNotify } from '../ui/useNotify'
import { useNow } from '../ui/useNow'

const path = '/supervisor/wallboards'

function isOver(board: Wallboard, now: number): boolean {
  return board.revoked_at !== undefined || (board.expires_at !== undefined && Date.parse(board.expires_at) <= now)
}

/** Screens on the wall: made here, and ended here. */
export default function WallboardsPage() {
  const t = useText(reportsText).boards
  const common = useText(commonText)
  const local = useLocalText()
  const format = useFormat()
  const notify = useNotify()
  const client = useQueryClient()
  const now = useNow(60_000)
  const queues = useQueues()
  const list = useQuery({ queryKey: keys.wallboards, queryFn: async () => (await call(api.GET('/wallboards'))).items })
  const { id, close, to } = useEntry(path)
  const [search, setSearch] = useState('')
  const [ended, setEnded] = useState(false)
  const revoke = useMutation({
    mutationFn: (board: Wallboard) => call(api.DELETE('/wallboards/{id}', { params: { path: { id: board.id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.wallboards }),
    onError: notify.error,
  })

  const queueNames = (board: Wallboard) => board.queues.map((queue) => local(queues.data?.find((entry) => entry.id === queue)?.name) || queue).join(', ')
  const columns: Column<Wallboard>[] = [
    {
      id: 'name',
      header: t.name,
      width: '24%',
      cell: (board) => (
        <>
          <span className={text.strong}>{board.name}</span>
          {board.show_agents && <span className={text.under}>{t.withAgents}</span>}
        </>
      ),
      sort: (board) => board.name,
    },
    { id: 'queues', header: t.queues, from: 'tablet', cell: queueNames },
    { id: 'language', header: t.language, from: 'wide', width: '90px', cell: (board) => common.language[board.language] },
    { id: 'prefix', header: t.prefix, from: 'wide', width: '150px', cell: (board) => <span className={text.mono}>{board.prefix}…</span> },
    {
      id: 'created',
      header: t.created,
      from: 'desktop',
      first: 'desc',
      cell: (board) => (board.created_by ? t.createdBy(format.date(board.created_at), board.created_by) : format.date(board.created_at)),
      sort: (board) => Date.parse(board.created_at),
    },
    { id: 'expires', header: t.expires, from: 'desktop', width: '130px', cell: (board) => (board.expires_at ? format.date(board.expires_at) : <span className={text.off}>{t.never}</span>) },
    {
      id: 'state',
      header: t.state,
      width: '150px',
      align: 'end',
      cell: (board) =>
        isOver(board, now) ? (
          <span className={text.off}>{board.revoked_at ? t.revokedAt(format.ago(board.revoked_at, now)) : t.over}</span>
        ) : (
          <Confirm question={t.revokeAsk(board.name)} yes={t.revoke} onYes={() => revoke.mutate(board)}>
            {(ask) => (
              <Button size="compact-sm" variant="subtle" color="gray" className={text.danger} aria-label={t.revokeOf(board.name)} onClick={ask}>
                {t.revoke}
              </Button>
            )}
          </Confirm>
        ),
    },
  ]

  return (
    <Page
      title={t.title}
      about={t.about}
      add={{ label: t.add, to: to('new') }}
      tools={
        <>
          <Search value={search} onChange={setSearch} label={t.search} />
          {list.data?.some((board) => isOver(board, now)) && <Switch label={t.showRevoked} checked={ended} onChange={(event) => setEnded(event.currentTarget.checked)} />}
        </>
      }
    >
      <List
        query={list}
        rows={(all) => all.filter((board) => (ended || !isOver(board, now)) && matchesSearch(search, board.name, queueNames(board)))}
        total={(all) => (search ? all.length : 0)}
        onClear={() => setSearch('')}
        empty={{ icon: IconDeviceTv, title: t.empty, help: t.emptyHelp, action: { label: t.add, to: to('new') } }}
      >
        {(rows) => (
          <DataTable
            label={t.title}
            rows={rows}
            columns={columns}
            id={(board) => board.id}
            sort={{ column: 'name', direction: 'asc' }}
            dim={(board) => isOver(board, now)}
            phone={queueNames}
          />
        )}
      </List>
      <EditorHost id={id === 'new' ? id : undefined} onClose={close} size={560}>
        {() => <BoardMaker />}
      </EditorHost>
    </Page>
  )
}

type Values = { name: string; queues: string[]; show_agents: boolean; language: string; theme: string; expires: string }

/** The end of a day where the browser is. */
function endOf(day: string): Date {
  return new Date(`${day}T23:59:59`)
}

/** Makes a wallboard, then shows its link this one time. */
function BoardMaker() {
  const t = useText(reportsText).boards
  const { rules } = useText(adminText)
  const local = useLocalText()
  const { language } = useLanguage()
  const editor = useEditor()
  const queues = useQueues()
  const theme = useId()
  const [link, setLink] = useState<string>()
  const form = useForm<Values>({
    initialValues: { name: '', queues: [], show_agents: false, language, theme: 'auto', expires: '' },
    validate: {
      name: (value) => checkRequired(rules, value),
      queues: (value) => (value.length > 0 ? null : t.queuesNeeded),
      expires: (value) => (value === '' || endOf(value).getTime() > Date.now() ? null : t.expired),
    },
  })
  const save = ({ name, queues: chosen, show_agents, expires, ...look }: Values) =>
    call(
      api.POST('/wallboards', {
        body: {
          name,
          queues: chosen,
          show_agents,
          language: look.language as WallboardInput['language'],
          theme: look.theme as Wallboard['theme'],
          ...(expires ? { expires_at: endOf(expires).toISOString() } : {}),
        },
      }),
    )

  if (link) return <MadeBoard link={link} />
  return (
    <EditorForm
      title={t.newTitle}
      isNew
      form={form}
      save={save}
      nameOf={(values) => values.name}
      refresh={[keys.wallboards]}
      onSaved={(saved) => {
        editor.setDirty('held')
        setLink(`${location.origin}/wallboard/${saved.token}`)
      }}
    >
      <Section>
        <Wide>
          <TextInput label={t.name} description={t.nameHelp} required maxLength={100} data-autofocus {...form.getInputProps('name')} />
        </Wide>
        <Wide>
          <MultiSelect
            label={t.queues}
            description={t.queuesHelp}
            required
            searchable
            maxValues={50}
            data={(queues.data ?? []).map((queue) => ({ value: queue.id, label: local(queue.name) }))}
            {...form.getInputProps('queues')}
          />
        </Wide>
        <LanguageField label={t.language} value={form.values.language} onChange={(value) => form.setFieldValue('language', value)} />
        <div role="group" aria-labelledby={theme}>
          <div className={editorClasses.label} id={theme}>
            {t.theme}
          </div>
          <SegmentedControl
            fullWidth
            aria-labelledby={theme}
            data={(['auto', 'light', 'dark'] as const).map((value) => ({ value, label: t.themes[value] }))}
            {...form.getInputProps('theme')}
          />
        </div>
        <Wide>
          <Switch label={t.agents} description={t.agentsHelp} {...form.getInputProps('show_agents', { type: 'checkbox' })} />
        </Wide>
        <TextInput type="date" label={t.expires} description={t.expiresHelp} {...form.getInputProps('expires')} />
      </Section>
    </EditorForm>
  )
}

function MadeBoard({ link }: { link: string }) {
  const t = useText(reportsText).boards
  const common = useText(commonText)
  const editor = useEditor()
  return (
    <div className={editorClasses.form}>
      <header className={editorClasses.header}>
        <Drawer.Title className={editorClasses.title}>{t.newTitle}</Drawer.Title>
        <CloseButton aria-label={common.close} onClick={editor.close} />
      </header>
      <div className={editorClasses.body}>
        <Section>
          <Wide>
            <Notice>{t.once}</Notice>
          </Wide>
          <CopyField label={t.link} value={link} />
          <Wide>
            <Button
              component="a"
              variant="default"
              href={link}
              target="_blank"
              rel="noreferrer"
              aria-label={`${t.open} (${common.newWindow})`}
              leftSection={<IconExternalLink size={16} aria-hidden />}
              data-testid="wallboard-open"
            >
              {t.open}
            </Button>
          </Wide>
        </Section>
      </div>
      <footer className={editorClasses.footer}>
        <Button ml="auto" onClick={editor.close}>
          {t.done}
        </Button>
      </footer>
    </div>
  )
}
