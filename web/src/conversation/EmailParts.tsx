import { UnstyledButton } from '@mantine/core'
import { useId, useState } from 'react'
import { useText } from '../i18n'
import { conversationText } from '../i18n/conversation'
import { languageOf } from '../lib/script'
import type { EmailBody } from './bodies'
import classes from './EmailParts.module.css'

/** What an email is about, who wrote it, and who else got it. */
export function EmailHead({ email }: { email: EmailBody }) {
  const t = useText(conversationText).email
  const others = email.cc ?? []
  return (
    <div className={classes.head}>
      {email.subject && (
        <p className={classes.subject} lang={languageOf(email.subject)}>
          <span className="sx-hidden">{t.subject} </span>
          {email.subject}
        </p>
      )}
      {email.from && <p className={classes.people}>{t.from(email.from)}</p>}
      {others.length > 0 && <p className={classes.people}>{t.cc(others.join(', '))}</p>}
    </div>
  )
}

/** What an email quotes, and how it looked; both folded until they are asked for. */
export function EmailMore({ email }: { email: EmailBody }) {
  const t = useText(conversationText).email
  const [quoted, setQuoted] = useState(false)
  const [original, setOriginal] = useState(false)
  const id = useId()
  if (!email.quoted && !email.html) return null
  return (
    <div className={classes.more}>
      {email.quoted && (
        <UnstyledButton className={classes.fold} aria-expanded={quoted} aria-controls={`${id}q`} onClick={() => setQuoted(!quoted)}>
          {quoted ? t.hideQuoted : t.showQuoted}
        </UnstyledButton>
      )}
      {email.html && (
        <UnstyledButton className={classes.fold} aria-expanded={original} aria-controls={`${id}o`} onClick={() => setOriginal(!original)}>
          {original ? t.hideOriginal : t.showOriginal}
        </UnstyledButton>
      )}
      {quoted && (
        <blockquote id={`${id}q`} className={classes.quoted} lang={languageOf(email.quoted ?? '')}>
          {email.quoted}
        </blockquote>
      )}
      {original && (
        // The frame has an origin of its own, runs nothing and loads nothing; the server has left only words and how they look.
        <iframe
          id={`${id}o`}
          className={classes.frame}
          title={t.original}
          sandbox="allow-popups allow-popups-to-escape-sandbox"
          referrerPolicy="no-referrer"
          srcDoc={page(email.html ?? '')}
        />
      )}
    </div>
  )
}

const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

/** Emails are made for white paper: they keep it in the dark, too. */
function page(html: string): string {
  return `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="referrer" content="no-referrer"><base target="_blank">
<style>:root{color-scheme:light}body{margin:12px;background:#fff;color:#1b1f23;font:14px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}table{max-width:100%}blockquote{margin:8px 0 8px 4px;padding-left:10px;border-left:2px solid #cbd7d9}</style>${html}`
}
