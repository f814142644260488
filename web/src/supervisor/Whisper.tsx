import { Button, Textarea } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { api, call } from '../api/client'
import type { Conversation } from '../api/types'
import { useWorkspace } from '../conversation/workspace'
import { useText } from '../i18n'
import { supervisorText } from '../i18n/supervisor'
import { isMac } from '../lib/keyboard'
import { uuid } from '../lib/uuid'
import { useNotify } from '../ui/useNotify'
import classes from './Inspector.module.css'

/** A note for the colleague who has the conversation, or will have it. The same id is sent again if an answer got lost. */
export function Whisper({ conversation }: { conversation: Conversation }) {
  const t = useText(supervisorText)
  const notify = useNotify()
  const { feeds } = useWorkspace()
  const [text, setText] = useState('')
  const id = useRef<string>(undefined)
  const send = useMutation({
    mutationFn: (words: string) => {
      id.current ??= uuid()
      return call(api.POST('/conversations/{id}/notes', { params: { path: { id: conversation.id } }, body: { id: id.current, text: words } }))
    },
    onSuccess: (event) => {
      feeds.get(conversation.id).push(event)
      id.current = undefined
      setText('')
      notify.success(t.inspector.sent)
    },
    onError: notify.error,
  })

  const submit = () => {
    const words = text.trim()
    if (words && !send.isPending) send.mutate(words)
  }
  const to = conversation.agent
  return (
    <form
      className={classes.whisper}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <p className={classes.whisperHelp} id="whisper-help">
        {t.inspector.whisperHelp}
      </p>
      <div className={classes.whisperRow}>
        <Textarea
          aria-label={to ? t.inspector.whisperTo(to.name) : t.inspector.whisper}
          aria-describedby="whisper-help"
          data-testid="whisper-input"
          placeholder={to ? t.inspector.whisperPlaceholder : t.inspector.notePlaceholder}
          autosize
          minRows={1}
          maxRows={6}
          maxLength={10_000}
          value={text}
          onChange={(event) => {
            // A changed text is another note.
            id.current = undefined
            setText(event.currentTarget.value)
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || !(isMac ? event.metaKey : event.ctrlKey)) return
            event.preventDefault()
            submit()
          }}
        />
        <Button type="submit" variant="default" data-testid="whisper-send" disabled={!text.trim()} loading={send.isPending}>
          {t.inspector.whisper}
        </Button>
      </div>
    </form>
  )
}
