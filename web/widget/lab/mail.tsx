import { useEffect, useRef, useState } from 'preact/hooks'
import type { Item } from './api.ts'
import { base64, Files, mark } from './item.tsx'
import type { Hand } from './phone.tsx'
import { Sheet } from './signs.tsx'
import { fill, type Texts } from './texts.ts'

/** A small mail program. What it sends is made as others make it: an answer names what it answers, and has it below. */
export function Mail({ channel, items, t, act, failed }: Hand) {
  const [subject, setSubject] = useState('')
  const [text, setText] = useState('')
  const [formatted, setFormatted] = useState(false)
  const [answering, setAnswering] = useState<Item>()
  const [files, setFiles] = useState<File[]>([])
  const list = useRef<HTMLDivElement>(null)
  const body = useRef<HTMLTextAreaElement>(null)
  const file = useRef<HTMLInputElement>(null)
  const name = channel.name

  useEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight })
  }, [items.length, answering, files.length])

  const answer = (item: Item) => {
    setAnswering(item)
    setSubject(`Re: ${(item.subject ?? '').replace(/^Re: /, '')}`)
    body.current?.focus()
  }

  const clear = () => {
    setAnswering(undefined)
    setSubject('')
    setText('')
    setFiles([])
  }

  const submit = async (event: Event) => {
    event.preventDefault()
    if (!text.trim() && !files.length) return
    const words = formatted ? (new DOMParser().parseFromString(text, 'text/html').body.textContent ?? '') : text
    const attached = await Promise.all(files.map(base64))
    clear()
    await act({
      type: 'message', subject, text: answering && !formatted ? `${words}\n\n${quote(answering, t)}` : words,
      ...(formatted ? { html: text } : {}), ...(answering ? { reply_to: answering.id } : {}), ...(attached.length ? { files: attached } : {}),
    })
  }

  return (
    <>
      <div class="screen" role="log" tabIndex={0} aria-label={fill(t.messages, name)} ref={list}>
        {items.length === 0 && <p class="empty">{t.empty}</p>}
        {items.map((item) => (item.note ? <p key={item.id} class="note">{item.note === 'bounce' ? t.bounced : item.note}</p> : (
          <article key={item.id} class={item.mine ? 'letter row mine' : 'letter row'}>
            <header>
              <h3>{item.subject}</h3>
              <time dateTime={item.at}>{new Date(item.at).toLocaleTimeString(t.locale, { hour: '2-digit', minute: '2-digit' })}</time>
              <p title={`${item.from} → ${item.to}`}>{item.mine ? fill(t.mailTo, item.to ?? '') : item.from}</p>
            </header>
            {item.html ? <iframe title={item.subject || t.mail} sandbox="" referrerPolicy="no-referrer" srcDoc={page(item.html)} /> : <Text text={item.text ?? ''} t={t} />}
            <Files item={item} t={t} />
            <footer class="meta">
              {item.mine ? <span data-status={item.status}>{mark(item, t)}{item.times && ` · ${fill(t.twice, item.times)}`}</span> : (
                <>
                  <button type="button" class="answer" onClick={() => answer(item)}>↩ {t.answerMail}</button>
                  <button type="button" onClick={() => void act({ type: 'automatic', subject: t.outOfOffice, text: t.outOfOfficeText, reply_to: item.id })}>{t.outOfOffice}</button>
                  <button type="button" onClick={() => void act({ type: 'bounce', target: item.id })}>{t.bounce}</button>
                </>
              )}
            </footer>
          </article>
        )))}
      </div>
      {failed && <p class="failed" role="alert">{failed}</p>}
      <form class="compose" onSubmit={(e) => void submit(e)}>
        {answering && (
          <p class="answering">
            <span>↩ {fill(t.answering, answering.from ?? '')}</span>
            <button type="button" aria-label={t.newMail} title={t.newMail} onClick={clear}>×</button>
          </p>
        )}
        <input type="text" class="subject" value={subject} aria-label={fill(t.subjectOn, name)} placeholder={t.subject} onInput={(e) => setSubject(e.currentTarget.value)} />
        <textarea class="body" rows={2} ref={body} value={text} aria-label={fill(t.write, name)} onInput={(e) => setText(e.currentTarget.value)} />
        {files.length > 0 && (
          <ul>
            {files.map((f) => (
              <li key={f.name}><Sheet /> {f.name} <button type="button" aria-label={fill(t.detach, f.name)} title={fill(t.detach, f.name)} onClick={() => setFiles(files.filter((one) => one !== f))}>×</button></li>
            ))}
          </ul>
        )}
        <div class="post">
          <button type="button" class="round" aria-label={fill(t.attach, name)} title={fill(t.attach, name)} onClick={() => file.current?.click()}>＋</button>
          <input type="file" hidden ref={file} multiple onChange={(e) => (setFiles([...files, ...(e.currentTarget.files ?? [])]), (e.currentTarget.value = ''))} />
          <label><input type="checkbox" checked={formatted} onChange={(e) => setFormatted(e.currentTarget.checked)} /> HTML</label>
          <button type="submit" class="round send" aria-label={fill(t.send, name)} title={fill(t.send, name)}>↑</button>
        </div>
      </form>
    </>
  )
}

/** What was written, with what it answers folded. */
function Text({ text, t }: { text: string; t: Texts }) {
  const lines = text.split('\n')
  const quoted = lines.findIndex((line) => line.startsWith('>'))
  if (quoted < 1) return <p class="text">{text}</p>
  return (
    <>
      <p class="text">{lines.slice(0, quoted - 1).join('\n').trimEnd()}</p>
      <details>
        <summary>{t.quoted}</summary>
        <p class="text">{lines.slice(quoted - 1).join('\n')}</p>
      </details>
    </>
  )
}

/** What is answered, as mail programs put it below. */
const quote = (item: Item, t: Texts) =>
  `${fill(t.wrote, new Date(item.at).toLocaleString(t.locale, { dateStyle: 'long', timeStyle: 'short' }), item.from ?? '')}\n${(item.text ?? '').split('\n').map((line) => `> ${line}`).join('\n')}`

const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

/** Emails are made for white paper. The frame has an origin of its own, runs nothing and loads nothing. */
const page = (html: string) => `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="referrer" content="no-referrer">
<style>:root{color-scheme:light}body{margin:10px;background:#fff;color:#17202b;font:14px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}</style>${html}`
