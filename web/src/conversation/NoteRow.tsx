import { IconEyeOff, IconLock } from '@tabler/icons-react'
import type { ConversationEvent } from '../api/types'
import { useFormat, useText } from '../i18n'
import { conversationText } from '../i18n/conversation'
import { languageOf } from '../lib/script'
import { bodyOf, type NoteBody } from './bodies'
import { LinkedText } from './LinkedText'
import classes from './Message.module.css'

/** What colleagues wrote for each other; never looks like a message to the customer. */
export function NoteRow({ event, whisper, meId }: { event: ConversationEvent; whisper: boolean; meId: string }) {
  const t = useText(conversationText)
  const format = useFormat()
  const { text = '' } = bodyOf<NoteBody>(event)
  const Mark = whisper ? IconEyeOff : IconLock
  return (
    <div className={classes.note} data-testid="note" data-whisper={whisper || undefined}>
      <div className={classes.noteBox}>
        <div className={classes.noteHead} title={whisper ? t.whisperHelp : t.noteHelp}>
          <Mark size={13} aria-hidden />
          <strong>{whisper ? t.whisper : t.note}</strong>
          <span>{event.actor.id === meId ? t.you : (event.actor.name ?? t.somebody)}</span>
          <time dateTime={event.at} title={format.dateTime(event.at)}>
            {format.time(event.at)}
          </time>
        </div>
        <p className={classes.text} lang={languageOf(text)}>
          <LinkedText text={text} />
        </p>
      </div>
    </div>
  )
}
