import { Button } from '@mantine/core'
import { IconClockHour4, IconTemplate } from '@tabler/icons-react'
import { useFormat, useText } from '../i18n'
import { composerText } from '../i18n/composer'
import classes from './Composer.module.css'
import type { ReplyWindow } from './replyWindow'

const hour = 3_600_000

/** How long the customer may still be written to freely. */
export function WindowLeft({ window }: { window: ReplyWindow }) {
  const t = useText(composerText).window
  const format = useFormat()
  if (window.state !== 'open') return null
  const left = format.span(window.left / 1000)
  return (
    <span className={classes.window} data-testid="reply-window" data-tone={window.left < hour ? 'soon' : undefined} role="timer">
      <IconClockHour4 size={14} aria-hidden />
      {window.person ? t.person(left) : t.open(left)}
    </span>
  )
}

/** Instead of the text box: why nothing can be written, and what can be done. */
export function WindowClosed({ window, openTemplates }: { window: ReplyWindow; openTemplates: () => void }) {
  const t = useText(composerText)
  if (window.state !== 'closed' && window.state !== 'opted_out') return null
  const templates = window.state === 'closed' && window.templates
  const [title, text] =
    window.state === 'opted_out'
      ? [t.window.optedOutTitle, t.window.optedOut]
      : window.never
        ? [t.window.neverTitle, templates ? t.window.neverTemplates : t.window.never]
        : [t.window.closedTitle, templates ? t.window.closedTemplates : t.window.closed]
  return (
    <div className={classes.closed} data-testid="window-closed" role="status">
      <strong>{title}</strong>
      <p>{text}</p>
      {templates && (
        <Button size="compact-md" data-testid="composer-template" leftSection={<IconTemplate size={15} aria-hidden />} onClick={openTemplates}>
          {t.template.open}
        </Button>
      )}
    </div>
  )
}
