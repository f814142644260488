import { Button, Chip, Textarea } from '@mantine/core'
import { useState } from 'react'
import { useQueues } from '../api/queries'
import type { Conversation } from '../api/types'
import { useActions } from '../app/actions'
import { useFormat, useLocalText, useText } from '../i18n'
import { workText } from '../i18n/work'
import { readStored, writeStored } from '../lib/storage'
import { useNow } from '../ui/useNow'
import classes from './WrapUp.module.css'
import type { Work } from './useWork'

/** After the talk: how it ended, a note, and the time until it closes by itself. */
export default function WrapUpPanel({ conversation, work, onClosed }: { conversation: Conversation; work: Work; onClosed: () => void }) {
  const t = useText(workText).wrap
  const keysText = useText(workText).keys
  const local = useLocalText()
  const { data: queues = [] } = useQueues()
  const noteKey = `seax.wrap.${conversation.id}`
  const [outcome, setOutcome] = useState<string | null>(null)
  const [note, setNote] = useState(() => readStored(noteKey) ?? '')
  const outcomes = queues.find((queue) => queue.id === conversation.queue)?.outcomes ?? []
  const submit = () =>
    work.close.mutate(
      { ...(outcome ? { outcome } : {}), ...(note.trim() ? { note: note.trim() } : {}) },
      {
        onSuccess: () => {
          writeStored(noteKey, null)
          onClosed()
        },
      },
    )
  useActions([{ id: 'wrap-up', label: keysText.wrapUp, group: 'conversation', keys: 'alt+w', run: submit }])
  return (
    <section className={classes.panel} data-testid="wrap-up-panel" aria-label={t.title}>
      <div className={classes.head}>
        <h2 className={classes.title}>{t.title}</h2>
        <span className={classes.time}>
          {conversation.wrapup_deadline && <Countdown deadline={conversation.wrapup_deadline} />}
          <Button size="compact-xs" variant="default" data-testid="wrap-up-extend" loading={work.extendWrapUp.isPending} onClick={() => work.extendWrapUp.mutate()}>
            {t.extend}
          </Button>
        </span>
      </div>
      {outcomes.length > 0 && (
        <>
          <p className={classes.label}>{t.outcome}</p>
          <Chip.Group value={outcome} onChange={(value) => setOutcome(value)}>
            <div className={classes.chips} role="radiogroup" aria-label={t.outcome}>
              {outcomes.map((one) => (
                <Chip key={one.id} value={one.id} data-testid={`outcome-${one.id}`} size="sm" radius="md">
                  {local(one.label)}
                </Chip>
              ))}
            </div>
          </Chip.Group>
        </>
      )}
      <Textarea
        aria-label={t.note}
        data-testid="wrap-up-note"
        placeholder={t.notePlaceholder}
        autosize
        minRows={2}
        maxRows={6}
        maxLength={10_000}
        value={note}
        onChange={(event) => {
          setNote(event.currentTarget.value)
          writeStored(noteKey, event.currentTarget.value || null)
        }}
      />
      <div className={classes.actions}>
        <Button data-testid="wrap-up-submit" loading={work.close.isPending} onClick={submit}>
          {t.submit}
        </Button>
      </div>
    </section>
  )
}

function Countdown({ deadline }: { deadline: string }) {
  const t = useText(workText).wrap
  const format = useFormat()
  const left = Date.parse(deadline) - useNow(1000)
  return (
    <span className={classes.countdown} data-soon={left < 20_000} role="timer">
      {t.left} <strong>{format.countdown(left)}</strong>
    </span>
  )
}
