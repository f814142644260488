import { Button } from '@mantine/core'
import { useState } from 'react'
import type { Conversation } from '../api/types'
import { useWorkspace } from '../conversation/workspace'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { composerText } from '../i18n/composer'
import { uuid } from '../lib/uuid'
import { useMe } from '../session'
import classes from './Composer.module.css'
import { readDraft, writeDraft } from './drafts'
import { TextBox } from './TextBox'

/** A note (or a supervisor's whisper) in a conversation that belongs to somebody else. */
export function NoteComposer({ conversation, whisper, close }: { conversation: Conversation; whisper: boolean; close: () => void }) {
  const t = useText(composerText)
  const common = useText(commonText)
  const me = useMe()
  const { outbox } = useWorkspace()
  const [text, setText] = useState(() => readDraft(me.id, conversation.id, 'note'))
  const write = (next: string) => {
    setText(next)
    writeDraft(me.id, conversation.id, 'note', next)
  }
  const send = () => {
    if (text.trim() === '' || text.length > 10_000) return
    outbox.add({ id: uuid(), conversationId: conversation.id, kind: 'note', text: text.trim(), attachments: [] })
    write('')
    close()
  }
  return (
    <div className={classes.composer} data-testid="note-composer" data-tab="note" data-plain="true">
      <TextBox
        autoFocus
        value={text}
        onChange={write}
        onSend={send}
        label={whisper ? t.whisper : t.noteLabel}
        placeholder={whisper ? t.whisperPlaceholder(conversation.agent?.name ?? '') : t.notePlaceholder}
      />
      <div className={classes.foot}>
        <span className={classes.counter} />
        <Button size="compact-md" variant="default" onClick={close}>
          {common.cancel}
        </Button>
        <Button size="compact-md" data-testid="composer-send" disabled={text.trim() === ''} onClick={send}>
          {whisper ? t.sendWhisper : t.addNote}
        </Button>
      </div>
    </div>
  )
}
