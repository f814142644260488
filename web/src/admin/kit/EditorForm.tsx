import { Button, CloseButton, Drawer, Group, Skeleton, Stack, Text } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import { useMutation, useQueryClient, type QueryKey, type UseQueryResult } from '@tanstack/react-query'
import { useEffect, useRef, useState, type ReactNode, type SyntheticEvent } from 'react'
import { asApiError } from '../../api/errors'
import { useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { commonText } from '../../i18n/common'
import { plansText } from '../../i18n/plans'
import { Failed } from '../../ui/Failed'
import { useErrorText } from '../../ui/useErrorText'
import { useNotify } from '../../ui/useNotify'
import { useEditor } from './editor'
import classes from './Editor.module.css'
import { MeanwhileView } from './MeanwhileView'
import type { Meanwhile, Together } from './together'
import { Notice } from '../../ui/Notice'

type Values = Record<string, unknown>

type Props<V extends Values, E, Saved> = {
  title: string
  subtitle?: ReactNode
  isNew: boolean
  form: UseFormReturnType<V>
  /** Saves what was made from a version; undefined: it is new. */
  save: (values: V, version: number | undefined) => Promise<Saved>
  /** Absent: entries are made once and not edited. */
  together?: Together<V, E>
  /** What the notice calls it. */
  nameOf: (values: V) => string
  /** Lists to read again after a change. */
  refresh: readonly QueryKey[]
  onSaved?: (saved: Saved) => void
  remove?: { label: string; ask: string; done: string; run: (version: number | undefined) => Promise<unknown> } | undefined
  /** Beside the form, or in its place where there is no room for both. */
  aside?: { label: string; shown: boolean; content: ReactNode } | undefined
  /** More in the header, before what closes it. */
  tools?: ReactNode
  /** More above the buttons. */
  status?: ReactNode
  onRefused?: () => void
  children: ReactNode
}

/** One entry's form: saves with the version that was read, and says in words what stood in the way. */
export function EditorForm<V extends Values, Saved, E = never>(props: Props<V, E, Saved>) {
  const { title, subtitle, isNew, form, save, together, nameOf, refresh, onSaved, remove, aside, tools, status, onRefused, children } = props
  const t = useText(adminText)
  const words = useText(plansText)
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
  const refused = () => {
    onRefused?.()
    setRefusals((n) => n + 1)
  }
  useEffect(() => {
    if (refusals > 0) body.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [refusals])

  // The version that the form was filled from: lists may be read again behind it.
  const [version, setVersion] = useState(() => together?.entry && together.versionOf(together.entry))
  const [meanwhile, setMeanwhile] = useState<Meanwhile<V>>()

  /** Whether somebody else was faster: they have changed it, or removed it. */
  const overtaken = (error: unknown) => {
    const { code } = asApiError(error)
    return together?.entry !== undefined && (code === 'stale_version' || code === 'not_found')
  }
  const look = useMutation({
    mutationFn: async (asked: Meanwhile<V>['asked']) => ({ asked, entry: await together?.latest() }),
    onSuccess: ({ asked, entry }) => {
      if (!together || entry === undefined) return
      setMeanwhile({ asked, base: form.getInitialValues(), mine: form.getValues(), theirs: together.valuesOf(entry), version: together.versionOf(entry) })
    },
  })

  const saving = useMutation({
    mutationFn: ({ values, from }: { values: V; from: number | undefined }) => save(values, from),
    onSuccess: async (saved, { values }) => {
      setMeanwhile(undefined)
      await readAgain()
      notify.success(t.editor.saved(nameOf(values)))
      if (onSaved) onSaved(saved)
      else editor.close()
    },
    onError: (error) => {
      setMeanwhile(undefined)
      const { problem } = asApiError(error)
      if (overtaken(error)) look.mutate('save')
      if (!problem.fields) return
      form.setErrors(problem.fields)
      refused()
    },
  })

  const removing = useMutation({
    mutationFn: (from: number | undefined) => remove?.run(from) ?? Promise.resolve(),
    onSuccess: async () => {
      await readAgain()
      if (remove) notify.success(remove.done)
      editor.close()
    },
    onError: (error) => {
      setMeanwhile(undefined)
      editor.ask(undefined)
      if (overtaken(error)) look.mutate('delete')
    },
  })

  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault()
    removing.reset()
    form.onSubmit((values) => saving.mutate({ values, from: version }), refused)(event)
  }

  /** What was put together is saved as made from what they left; whatever comes of that, the form goes on from there. */
  const goOn = (parts: unknown) => {
    if (!meanwhile || !together) return
    if (meanwhile.asked === 'delete') {
      removing.mutate(meanwhile.version)
      return
    }
    const values = together.parts ? together.parts.together(parts) : (parts as V)
    form.setInitialValues(meanwhile.theirs)
    form.setValues(values)
    setVersion(meanwhile.version)
    saving.mutate({ values, from: meanwhile.version })
  }
  const takeTheirs = async () => {
    await readAgain()
    editor.restart()
  }
  const partsOf = (values: V): unknown => together?.parts?.of(values) ?? values

  const looking = look.isPending || meanwhile !== undefined
  const stale = (error: unknown) => overtaken(error) && !look.isError
  const comparing = meanwhile !== undefined && editor.asking === undefined
  const gone = look.isSuccess && look.data.entry === undefined
  return (
    <div className={classes.sides} data-aside={aside ? (aside.shown ? 'over' : 'beside') : undefined}>
      <form className={classes.form} onSubmit={submit} noValidate aria-label={title}>
        <header className={classes.header}>
          <div className={classes.heading}>
            <Drawer.Title className={classes.title}>{title}</Drawer.Title>
            {subtitle && <div className={classes.subtitle}>{subtitle}</div>}
          </div>
          <Group gap="xs" wrap="nowrap">
            {tools}
            <CloseButton aria-label={common.close} onClick={editor.leave} />
          </Group>
        </header>
        {comparing && together && (
          <MeanwhileView
            base={partsOf(meanwhile.base)}
            mine={partsOf(meanwhile.mine)}
            theirs={partsOf(meanwhile.theirs)}
            asked={meanwhile.asked}
            busy={saving.isPending || removing.isPending}
            label={together.label}
            secret={together.secret ?? (() => false)}
            onGoOn={goOn}
            onTheirs={() => void takeTheirs()}
            onBack={() => setMeanwhile(undefined)}
          />
        )}
        <div className={classes.body} ref={body} hidden={comparing}>
          {children}
        </div>
        <footer className={classes.footer} hidden={comparing}>
          {status}
          {gone && <Notice title={t.editor.gone}>{words.meanwhile.gone}</Notice>}
          {saving.isError && !gone && !stale(saving.error) && <Refused title={t.editor.notSaved} error={saving.error} known={form.errors} />}
          {removing.isError && !gone && !stale(removing.error) && <Refused title={t.editor.refused} error={removing.error} />}
          {editor.asking === 'delete' && remove ? (
            <Question text={remove.ask} no={t.editor.keep} yes={remove.label} busy={removing.isPending} onYes={() => removing.mutate(version)} />
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
                <Button type="submit" data-testid="editor-save" loading={saving.isPending || looking} disabled={!isNew && !dirty}>
                  {isNew ? t.editor.create : t.editor.saveChanges}
                </Button>
              </Group>
            </Group>
          )}
        </footer>
      </form>
      {aside && (
        <aside className={classes.aside} aria-label={aside.label}>
          {aside.content}
        </aside>
      )}
    </div>
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

/** Shown when the address names something the list does not have. */
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
