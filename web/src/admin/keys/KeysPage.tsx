import { Button, CloseButton, Drawer, Radio, Stack, Switch, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconKey } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, call } from '../../api/client'
import { keys } from '../../api/keys'
import type { ApiKey, Role } from '../../api/types'
import { useFormat, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { commonText } from '../../i18n/common'
import { useNotify } from '../../ui/useNotify'
import { useNow } from '../../ui/useNow'
import { Confirm } from '../kit/Confirm'
import { DataTable, type Column } from '../kit/DataTable'
import { useEditor } from '../kit/editor'
import editorClasses from '../kit/Editor.module.css'
import { EditorForm } from '../kit/EditorForm'
import { EditorHost } from '../kit/EditorHost'
import { CopyField, Section, Wide } from '../kit/fields'
import { Notice } from '../../ui/Notice'
import { List, Page, Search } from '../kit/Page'
import { matchesSearch } from '../kit/sort'
import text from '../kit/text.module.css'
import { useEntry } from '../kit/useEntry'
import { checkRequired } from '../kit/values'

const path = '/admin/keys'
const roles = ['agent', 'supervisor', 'admin'] as const satisfies readonly Role[]

export function KeysPage() {
  const t = useText(adminText)
  const common = useText(commonText)
  const format = useFormat()
  const notify = useNotify()
  const client = useQueryClient()
  const now = useNow(60_000)
  const list = useQuery({ queryKey: keys.apiKeys, queryFn: async () => (await call(api.GET('/api-keys'))).items })
  const { id, close, to } = useEntry(path)
  const [search, setSearch] = useState('')
  const [revoked, setRevoked] = useState(false)
  const revoke = useMutation({
    mutationFn: (key: ApiKey) => call(api.DELETE('/api-keys/{id}', { params: { path: { id: key.id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.apiKeys }),
    onError: notify.error,
  })

  const used = (key: ApiKey) => (key.last_used_at ? format.ago(key.last_used_at, now) : t.keys.never)
  const columns: Column<ApiKey>[] = [
    { id: 'name', header: t.keys.name, width: '22%', cell: (key) => <span className={text.strong}>{key.name}</span>, sort: (key) => key.name },
    { id: 'prefix', header: t.keys.prefix, cell: (key) => <span className={text.mono}>{key.prefix}…</span>, from: 'desktop' },
    { id: 'role', header: t.keys.role, cell: (key) => common.role[key.role], sort: (key) => common.role[key.role], from: 'tablet' },
    { id: 'created', header: t.keys.created, cell: (key) => format.date(key.created_at), sort: (key) => Date.parse(key.created_at), first: 'desc', from: 'desktop' },
    {
      id: 'used',
      header: t.keys.lastUsed,
      cell: used,
      sort: (key) => (key.last_used_at ? Date.parse(key.last_used_at) : undefined),
      first: 'desc',
      from: 'tablet',
    },
    {
      id: 'state',
      header: t.keys.state,
      width: '180px',
      align: 'end',
      cell: (key) =>
        key.revoked_at ? (
          <span className={text.off} title={format.dateTime(key.revoked_at)}>
            {t.keys.revokedAt(format.ago(key.revoked_at, now))}
          </span>
        ) : (
          <Confirm question={t.keys.revokeAsk(key.name)} yes={t.keys.revoke} onYes={() => revoke.mutate(key)}>
            {(ask) => (
              <Button size="compact-sm" variant="subtle" color="gray" className={text.danger} aria-label={t.keys.revokeOf(key.name)} onClick={ask}>
                {t.keys.revoke}
              </Button>
            )}
          </Confirm>
        ),
    },
  ]

  return (
    <Page
      title={t.keys.title}
      about={t.keys.about}
      add={{ label: t.keys.add, to: to('new') }}
      tools={
        <>
          <Search value={search} onChange={setSearch} label={t.keys.search} />
          {list.data?.some((key) => key.revoked_at) && (
            <Switch label={t.keys.showRevoked} checked={revoked} onChange={(event) => setRevoked(event.currentTarget.checked)} />
          )}
        </>
      }
    >
      <List
        query={list}
        rows={(all) => all.filter((key) => (revoked || !key.revoked_at) && matchesSearch(search, key.name, key.prefix))}
        total={(all) => (search ? all.length : 0)}
        onClear={() => setSearch('')}
        empty={{ icon: IconKey, title: t.keys.empty, help: t.keys.emptyHelp, action: { label: t.keys.add, to: to('new') } }}
      >
        {(rows) => (
          <DataTable
            label={t.keys.title}
            rows={rows}
            columns={columns}
            id={(key) => key.id}
            sort={{ column: 'name', direction: 'asc' }}
            dim={(key) => Boolean(key.revoked_at)}
            phone={(key) => `${common.role[key.role]} · ${t.keys.lastUsed}: ${used(key)}`}
          />
        )}
      </List>
      <EditorHost id={id === 'new' ? id : undefined} onClose={close} size={560}>
        {() => <KeyMaker />}
      </EditorHost>
    </Page>
  )
}

/** Makes a key, then shows it this one time. */
function KeyMaker() {
  const t = useText(adminText)
  const common = useText(commonText)
  const editor = useEditor()
  const [made, setMade] = useState<string>()
  const form = useForm<{ name: string; role: Role }>({
    initialValues: { name: '', role: 'agent' },
    validate: { name: (value) => checkRequired(t.rules, value) },
  })

  if (made) {
    return (
      <div className={editorClasses.form}>
        <header className={editorClasses.header}>
          <Drawer.Title className={editorClasses.title}>{t.keys.newTitle}</Drawer.Title>
          <CloseButton aria-label={common.close} onClick={editor.close} />
        </header>
        <div className={editorClasses.body}>
          <Section>
            <Wide>
              <Notice>{t.keys.once}</Notice>
            </Wide>
            <CopyField label={t.keys.key} value={made} />
            <Wide>
              <p className={editorClasses.help}>{t.keys.useHelp}</p>
              <code className={editorClasses.code}>Authorization: Bearer {made.slice(0, 8)}…</code>
            </Wide>
          </Section>
        </div>
        <footer className={editorClasses.footer}>
          <Button ml="auto" onClick={editor.close}>
            {t.keys.done}
          </Button>
        </footer>
      </div>
    )
  }

  return (
    <EditorForm
      title={t.keys.newTitle}
      isNew
      form={form}
      save={(values) => call(api.POST('/api-keys', { body: values }))}
      nameOf={(values) => values.name}
      refresh={[keys.apiKeys]}
      onSaved={(saved) => {
        editor.setDirty('held')
        setMade(saved.key)
      }}
    >
      <Section>
        <Wide>
          <TextInput label={t.keys.name} description={t.keys.nameHelp} required maxLength={100} data-autofocus {...form.getInputProps('name')} />
        </Wide>
        <Wide>
          <Radio.Group label={t.keys.role} description={t.keys.roleHelp} {...form.getInputProps('role')}>
            <Stack gap="xs" mt={8} mb={6}>
              {roles.map((role) => (
                <Radio key={role} value={role} label={common.role[role]} description={t.people.roleHelp[role]} />
              ))}
            </Stack>
          </Radio.Group>
        </Wide>
      </Section>
    </EditorForm>
  )
}
