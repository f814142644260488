import { Button, FileButton, Switch, Textarea, TextInput } from '@mantine/core'
import { IconDownload, IconFileText, IconFolderOpen, IconListSearch, IconRefresh } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useId, useRef, useState, type DragEvent } from 'react'
import { api, call } from '../../api/client'
import { asApiError } from '../../api/errors'
import { keys } from '../../api/keys'
import type { RoutingDifference, RoutingProblem } from '../../api/types'
import { useFormat, useText } from '../../i18n'
import { routingFileText } from '../../i18n/routingFile'
import { EmptyState } from '../../ui/EmptyState'
import { Notice } from '../../ui/Notice'
import { useErrorText } from '../../ui/useErrorText'
import { useLayout } from '../../ui/useLayout'
import { useNotify } from '../../ui/useNotify'
import { Page } from '../kit/Page'
import { DifferenceView, Problems } from './DifferenceView'
import { changesOf, rangeOf, textOf } from './difference'
import classes from './RoutingFile.module.css'

type Asked = { file: string; prune: boolean }
type Seen = Asked & { difference: RoutingDifference }

/** Routing as a file: take it home, bring one back, see what that changes, then change it. */
export function RoutingFilePage() {
  const t = useText(routingFileText)
  const notify = useNotify()
  const client = useQueryClient()
  const area = useRef<HTMLTextAreaElement>(null)
  const [file, setFile] = useState('')
  const [prune, setPrune] = useState(false)
  const [reason, setReason] = useState('')
  const [seen, setSeen] = useState<Seen>()

  const check = useMutation({
    mutationFn: (asked: Asked) => call(api.POST('/routing-file', { body: { ...asked, dry_run: true } })),
    onSuccess: (difference, asked) => setSeen({ ...asked, difference }),
    onError: () => setSeen(undefined),
  })
  const apply = useMutation({
    mutationFn: (what: Seen) =>
      call(api.POST('/routing-file', { body: { file: what.file, prune: what.prune, dry_run: false, expect: what.difference.hash, ...(reason.trim() ? { reason: reason.trim() } : {}) } })),
    onSuccess: async (difference, what) => {
      setSeen({ ...what, difference })
      setReason('')
      notify.success(t.applied)
      await Promise.all([keys.skills, keys.presences, keys.queues, keys.people, ['plans']].map((queryKey) => client.invalidateQueries({ queryKey })))
    },
  })
  const load = useMutation({ mutationFn: () => call(api.GET('/routing-file', { params: { query: { versions: true } }, parseAs: 'text' })), onSuccess: begin, onError: notify.error })

  function begin(text: string): void {
    setFile(text)
    setSeen(undefined)
    check.reset()
    apply.reset()
  }

  const read = async (chosen: File | null | undefined) => {
    if (!chosen) return
    const text = await textOf(chosen)
    if (text === undefined) notify.error(t.notText(chosen.name))
    else begin(text)
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    void read(event.dataTransfer.files[0])
  }
  const look = () => {
    apply.reset()
    check.mutate({ file, prune })
  }
  const goTo = (problem: RoutingProblem) => {
    const [start, end] = rangeOf(file, problem.line ?? 1, problem.column ?? 1)
    const text = area.current
    if (!text) return
    text.focus()
    text.setSelectionRange(start, end)
    // Browsers do not scroll to a selection.
    text.scrollTop = ((problem.line ?? 1) - 4) * parseFloat(getComputedStyle(text).lineHeight)
  }

  const changedSince = seen !== undefined && !seen.difference.applied && (seen.file !== file || seen.prune !== prune)
  return (
    <Page
      title={t.title}
      about={t.about}
      tools={
        <>
          <Button component="a" href="/api/v1/routing-file?versions=true" download="routing.yaml" variant="default" leftSection={<IconDownload size={16} aria-hidden />} data-testid="routing-download">
            {t.download}
          </Button>
          <FileButton accept=".yaml,.yml,text/yaml,application/yaml" onChange={(chosen) => void read(chosen)} inputProps={{ 'aria-label': t.open }}>
            {(props) => (
              <Button {...props} variant="default" leftSection={<IconFolderOpen size={16} aria-hidden />}>
                {t.open}
              </Button>
            )}
          </FileButton>
          <Button variant="default" leftSection={<IconFileText size={16} aria-hidden />} loading={load.isPending} onClick={() => load.mutate()} data-testid="routing-load">
            {t.load}
          </Button>
        </>
      }
    >
      <div className={classes.columns}>
        <form
          className={classes.file}
          onSubmit={(event) => {
            event.preventDefault()
            look()
          }}
        >
          <Textarea
            ref={area}
            label={t.text}
            description={t.textHelp}
            placeholder={t.placeholder}
            value={file}
            onChange={(event) => setFile(event.currentTarget.value)}
            onDragOver={(event) => event.preventDefault()}
            onDrop={drop}
            spellCheck={false}
            autoCapitalize="off"
            wrap="off"
            classNames={{ root: classes.area, wrapper: classes.areaWrapper, input: classes.areaInput }}
            data-testid="routing-text"
          />
          <div className={classes.foot}>
            <Switch label={t.prune} description={t.pruneHelp} checked={prune} onChange={(event) => setPrune(event.currentTarget.checked)} />
            <Button type="submit" leftSection={<IconListSearch size={16} aria-hidden />} loading={check.isPending} disabled={file.trim() === ''} data-testid="routing-check">
              {t.check}
            </Button>
          </div>
        </form>
        <Result
          seen={seen}
          error={apply.error ?? check.error}
          failed={apply.isError ? t.notApplied : t.failed}
          changedSince={changedSince}
          busy={apply.isPending}
          reason={reason}
          setReason={setReason}
          goTo={goTo}
          look={look}
          apply={() => seen && apply.mutate(seen)}
        />
      </div>
    </Page>
  )
}

type ResultProps = {
  seen: Seen | undefined
  error: Error | null
  failed: string
  changedSince: boolean
  busy: boolean
  reason: string
  setReason: (reason: string) => void
  goTo: (problem: RoutingProblem) => void
  look: () => void
  apply: () => void
}

function Result({ seen, error, failed, changedSince, busy, reason, setReason, goTo, look, apply }: ResultProps) {
  const t = useText(routingFileText)
  const into = useRef<HTMLElement>(null)
  const beside = useLayout() === 'desktop'
  const format = useFormat()
  const heading = useId()
  // Where it stands below the file, what was asked for must be in sight.
  useEffect(() => {
    const page = into.current?.closest('main')
    if (!page || !into.current || beside || !(seen ?? error)) return
    page.scrollTop += into.current.getBoundingClientRect().top - page.getBoundingClientRect().top
  }, [beside, seen, error])

  const changes = seen ? changesOf(seen.difference) : 0
  const open = seen && !seen.difference.applied
  return (
    <section className={classes.result} aria-labelledby={heading} ref={into}>
      <h2 className={classes.resultTitle} id={heading}>
        {seen?.difference.applied ? t.resultDone : t.result}
      </h2>
      <div className={classes.resultBody} aria-live="polite" role="group" aria-labelledby={heading} tabIndex={0}>
        {error && <Refused error={error} failed={failed} goTo={goTo} look={look} />}
        {changedSince && !error && (
          <Notice role="status">
            <div className={classes.again}>
              <span>{t.changedSince}</span>
              <Button size="compact-sm" variant="default" leftSection={<IconRefresh size={14} aria-hidden />} onClick={look}>
                {t.checkAgain}
              </Button>
            </div>
          </Notice>
        )}
        {seen ? (
          <>
            {open && changes === 0 && <p className={classes.nothing}>{t.nothing}</p>}
            <DifferenceView difference={seen.difference} goTo={goTo} />
          </>
        ) : (
          !error && <EmptyState icon={IconListSearch} title={t.empty} text={t.emptyHelp} />
        )}
      </div>
      {open && changes > 0 && (
        <form
          className={classes.apply}
          onSubmit={(event) => {
            event.preventDefault()
            apply()
          }}
        >
          <TextInput label={t.reason} description={t.reasonHelp} value={reason} maxLength={500} onChange={(event) => setReason(event.currentTarget.value)} data-testid="routing-reason" />
          <Button type="submit" loading={busy} disabled={changedSince} data-testid="routing-apply">
            {t.apply(changes === 1 ? t.changes.one : t.changes.many(format.number(changes)))}
          </Button>
        </form>
      )}
    </section>
  )
}

function Refused({ error, failed, goTo, look }: { error: Error; failed: string; goTo: (problem: RoutingProblem) => void; look: () => void }) {
  const t = useText(routingFileText)
  const format = useFormat()
  const errorText = useErrorText()
  const { code, problems, detail } = asApiError(error).problem
  if (problems) {
    return (
      <Notice bad title={t.problems(format.number(problems.length))}>
        <Problems problems={problems} goTo={goTo} />
      </Notice>
    )
  }
  if (code === 'stale_version') {
    return (
      <Notice title={t.stale}>
        <div className={classes.again}>
          <span lang="en">{detail}</span>
          <Button size="compact-sm" variant="default" leftSection={<IconRefresh size={14} aria-hidden />} onClick={look}>
            {t.checkAgain}
          </Button>
        </div>
      </Notice>
    )
  }
  return (
    <Notice bad title={failed}>
      {errorText(error)}
    </Notice>
  )
}
