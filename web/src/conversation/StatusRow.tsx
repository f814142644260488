import { UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import type { ConversationEvent } from '../api/types'
import { useFormat, useText } from '../i18n'
import { conversationText } from '../i18n/conversation'
import classes from './Thread.module.css'
import { useStatusText } from './useStatusText'

const shownWhenFolded = 2

/** What happened between messages, in small words; long runs are folded to their end. */
export function StatusRow({ events, channel }: { events: ConversationEvent[]; channel: string }) {
  const t = useText(conversationText)
  const text = useStatusText(channel)
  const format = useFormat()
  const [open, setOpen] = useState(false)
  const folded = events.length > shownWhenFolded + 1
  const shown = folded && !open ? events.slice(-shownWhenFolded) : events
  return (
    <div className={classes.status} data-testid="status">
      {folded && (
        <UnstyledButton className={classes.fold} aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? t.lessStatus : t.moreStatus(events.length - shownWhenFolded)}
        </UnstyledButton>
      )}
      {shown.map((event) => (
        <div key={event.seq} className={classes.statusLine}>
          <span>{text(event)}</span>
          <time dateTime={event.at} title={format.dateTime(event.at)}>
            {format.time(event.at)}
          </time>
        </div>
      ))}
    </div>
  )
}
