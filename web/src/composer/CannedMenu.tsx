import type { CannedReply } from '../api/types'
import { useText } from '../i18n'
import { composerText } from '../i18n/composer'
import classes from './Composer.module.css'

/** Ready-made replies that fit what was typed after "/"; driven by the text field's keys. */
export function CannedMenu({ replies, active, choose, preview }: { replies: CannedReply[]; active: number; choose: (reply: CannedReply) => void; preview: (reply: CannedReply) => string }) {
  const t = useText(composerText)
  return (
    <div className={classes.canned}>
      {replies.length === 0 && <p className={classes.cannedNothing}>{t.cannedNothing}</p>}
      <ul id="canned-menu" role="listbox" aria-label={t.canned} hidden={replies.length === 0}>
        {replies.map((reply, index) => (
          <li
            key={reply.id}
            id={`canned-${reply.id}`}
            role="option"
            data-testid="canned-reply"
            aria-selected={index === active}
            className={classes.cannedItem}
            // The text field must keep the focus.
            onMouseDown={(event) => {
              event.preventDefault()
              choose(reply)
            }}
          >
            <span className={classes.cannedHead}>
              <span className={classes.cannedShortcut}>/{reply.shortcut}</span>
              <span className={classes.cannedTitle}>{reply.title}</span>
              <span className={classes.cannedLocale}>{reply.locale}</span>
            </span>
            <span className={classes.cannedBody}>{preview(reply)}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
