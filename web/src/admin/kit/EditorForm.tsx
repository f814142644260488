import { Button, CloseButton, Drawer, Group, Skeleton, Stack, Text } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import { IconRefresh } from '@tabler/icons-react'
import { useMutation, useQueryClient, type QueryKey, type UseQueryResult } from '@tanstack/react-query'
import { useEffect, useRef, useState, type ReactNode, type SyntheticEvent } from 'react'
import { asApiError } from '../../api/errors'
import { useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { commonText } from '../../i18n/common'
import { Failed } from '../../ui/Failed'
import { useErrorText } from '../../ui/useErrorText'
import { useNotify } from '../../ui/useNotify'
import { useEditor } from './editor'
import classes from './Editor.module.css'
import { Notice } from '../../ui/Notice'

type Values = Record<string, unknown>

type Props<V extends Values, Saved> = {
  title: string
  subtitle?: ReactNode
  isNew: boolean
  form: UseFormReturnType<V>
  save: (values: V) => Promise<Saved>
  /** What the notice calls it. */
  nameOf: (values: V) => string
  /** Lists to read again after a change. */
  refresh: readonly QueryKey[]
  onSaved?: (saved: Saved) => void
  remove?: { label: string; ask: string; done: string; run: () => Promise<unknown> } | undefined
  children: ReactNode
}

/** One entry's form: saves with the version that was read, and says in words what stood in the way. */
export function EditorForm<V extends Values, Saved>(props: Props<V, Saved>) {
  const { title, subtitle, isNew, form, save, nameOf, refresh, onSaved, remove, children } = props
  const t = useText(adminText)
  const common = useText(commonText)
  const editor = useEditor()
  const client = useQueryClient()
  const notify = useNotify()
  const body = useRef<HTMLDivElement>(null)
  const dirty = form.isDirty()

  useEffect(() => editor.setDirty(dirty), [editor, dirty])

  const readAgain = () => Promise.all(refresh.map((queryKey) => client.invalidateQueries({ queryKey })))

  // What is wrong gets the focus, once it is drawn as wrong.
  const [refusals, setRefusals] = useState(0)
  const refused = () => setRefusals((n) => n + 1)
  useEffect(() => {
    if (refusals > 0) body.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [refusals])

  const saving = useMutation({
    mutationFn: save,
    onSuccess: async (saved, values) => {
      await readAgain()
      notify.success(t.editor.saved(nameOf(values)))
      if (onSaved) onSaved(saved)
      else editor.close()
    },
    onError: (error) => {
      const { fields } = asApiError(error).problem
      if (!fields) return
      form.setErrors(fields)
      refused()
    },
  })

  const removing = useMutation({
    mutationFn: () => remove?.run() ?? Promise.resolve(),
    onSuccess: async () => {
      await readAgain()
      if (remove) notify.success(remove.done)
      editor.close()
    },
    onError: () => editor.ask(undefined),
  })

  const reload = useMutation({ mutationFn: readAgain, onSuccess: () => editor.restart() })

  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault()
    removing.reset()
    form.onSubmit((values) => saving.mutate(values), refused)(event)
  }

  const stale = saving.isError && asApiError(saving.error).code === 'stale_version'
  return (
    <form className={classes.form} onSubmit={submit} noValidate aria-label={title}>
      <header className={classes.header}>
        <div className={classes.heading}>
          <Drawer.Title className={classes.title}>{title}</Drawer.Title>
          {subtitle && <div className={classes.subtitle}>{subtitle}</div>}
        </div>
        <CloseButton aria-label={common.close} onClick={editor.leave} />
      </header>
      <div className={classes.body} ref={body}>
        {children}
      </div>
      <footer className={classes.footer}>
        {stale && (
          <Notice title={t.editor.stale}>
            <Group justify="space-between" gap="sm">
              <span>{t.editor.staleHelp}</span>
              <Button
                size="compact-sm"
                variant="default"
                leftSection={<IconRefresh size={14} aria-hidden />}
                loading={reload.isPending}
                onClick={() => reload.mutate()}
              >
                {t.editor.reload}
              </Button>
            </Group>
          </Notice>
        )}
        {saving.isError && !stale && <Refused title={t.editor.notSaved} error={saving.error} known={form.errors} />}
        {removing.isError && <Refused title={t.editor.refused} error={removing.error} />}
        {editor.asking === 'delete' && remove ? (
          <Question text={remove.ask} no={t.editor.keep} yes={remove.label} busy={removing.isPending} onYes={() => removing.mutate()} />
        ) : editor.asking === 'discard' ? (
          <Question text={t.editor.unsaved} no={t.editor.keepEditing} yes={t.editor.discard} busy={false} onYes={editor.close} />
        ) : (
          <Group justify="space-between" gap="sm" wrap="nowrap">
            {remove ? (
              <Button variant="subtle" color="gray" className={classes.delete} data-testid="editor-delete" onClick={() => editor.ask('delete')}>
                {remove.label}
              </Button>
            ) : (
              <span />
            )}
            <Group gap="xs" wrap="nowrap">
              <Button variant="default" onClick={editor.leave}>
                {dirty ? common.cancel : common.close}
              </Button>
              <Button type="submit" data-testid="editor-save" loading={saving.isPending} disabled={!isNew && !dirty}>
                {isNew ? t.editor.create : t.editor.saveChanges}
              </Button>
            </Group>
          </Group>
        )}
      </footer>
    </form>
  )
}

type QuestionProps = { text: string; no: string; yes: string; busy: boolean; onYes: () => void }

function Question({ text, no, yes, busy, onYes }: QuestionProps) {
  const editor = useEditor()
  return (
    <div className={classes.question} role="alertdialog" aria-label={text}>
      <Text size="sm">{text}</Text>
      <Group gap="xs" wrap="nowrap">
        <Button variant="default" data-autofocus autoFocus onClick={() => editor.ask(undefined)}>
          {no}
        </Button>
        <Button color="red.9" loading={busy} onClick={onYes}>
          {yes}
        </Button>
      </Group>
    </div>
  )
}

/** The server's reason, and what it says of fields that this form does not show. */
function Refused({ title, error, known = {} }: { title: string; error: unknown; known?: Readonly<Record<string, unknown>> }) {
  const t = useText(adminText)
  const errorText = useErrorText()
  const { fields = {} } = asApiError(error).problem
  const elsewhere = Object.entries(fields).filter(([field]) => !(field in known))
  const text = errorText(error)
  return (
    <Notice bad title={title}>
      {text}
      {Object.keys(fields).length > elsewhere.length && ` ${t.editor.checkFields}`}
      {elsewhere.map(([field, words]) => (
        <div key={field}>
          {field}: {words}
        </div>
      ))}
    </Notice>
  )
}

/** Shown when the address names something the list does not have. */
/** Until the entry is there, or when it could not be fetched. */
export function EditorWaits({ query }: { query: UseQueryResult }) {
  const t = useText(adminText)
  const common = useText(commonText)
  const editor = useEditor()
  return (
    <div className={classes.form}>
      <header className={classes.header}>
        <Drawer.Title className={classes.title}>{query.isError ? t.editor.failed : common.loading}</Drawer.Title>
        <CloseButton aria-label={common.close} onClick={editor.close} />
      </header>
      {query.isError ? (
        <Failed title={t.editor.failed} error={query.error} retry={() => void query.refetch()} />
      ) : (
        <Stack p="lg" gap="lg" aria-hidden="true">
          {[40, 60, 52].map((width) => (
            <div key={width}>
              <Skeleton height={11} width="22%" mb={8} />
              <Skeleton height={36} width={`${width}%`} radius="md" />
            </div>
          ))}
        </Stack>
      )}
    </div>
  )
}

export function EditorGone() {
  const t = useText(adminText)
  const common = useText(commonText)
  const editor = useEditor()
  return (
    <div className={classes.form}>
      <header className={classes.header}>
        <Drawer.Title className={classes.title}>{t.editor.gone}</Drawer.Title>
        <CloseButton aria-label={common.close} onClick={editor.close} />
      </header>
    </div>
  )
}
