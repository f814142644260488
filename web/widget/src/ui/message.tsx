import type { ComponentChildren } from 'preact'
import { isRating } from '../choices.ts'
import type { Draft } from '../outbox.ts'
import type { Attachment, Item } from '../types.ts'
import { useSurroundings } from './context.ts'
import { BookIcon, BotIcon, FileIcon, StarIcon } from './icons.tsx'

const url = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]}]/g

/** Text as it is, with web addresses as links. Nothing in it is ever taken for HTML. */
function Words({ text }: { text: string }) {
  const { t } = useSurroundings()
  const parts: ComponentChildren[] = []
  let end = 0
  for (const match of text.matchAll(url)) {
    parts.push(text.slice(end, match.index))
    parts.push(
      <a href={match[0]} target="_blank" rel="noopener noreferrer nofollow" title={t.opensNew}>
        {match[0]}
      </a>,
    )
    end = match.index + match[0].length
  }
  parts.push(text.slice(end))
  return <p class="words">{parts}</p>
}

function bytes(n: number, locale: string): string {
  const [value, unit] = n < 1024 ? [n, 'byte'] : n < 1 << 20 ? [n / 1024, 'kilobyte'] : [n / (1 << 20), 'megabyte']
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: value < 10 ? 1 : 0 }).format(value)
}

const picture = /^image\/(png|jpeg|gif|webp|avif)$/

function File({ file }: { file: Attachment }) {
  const { chat, locale, t } = useSurroundings()
  const image = picture.test(file.media_type) && file.url
  const body = image ? (
    <img src={chat.link(file.url!)} alt={file.name} loading="lazy" />
  ) : (
    <>
      <FileIcon />
      <span class="name">{file.name}</span>
      <span class="size">{bytes(file.size, locale)}</span>
    </>
  )
  const look = image ? 'picture' : 'file'
  if (!file.url) return <div class={look} data-testid="seax-attachment">{body}</div>
  return (
    <a class={look} data-testid="seax-attachment" href={chat.link(file.url)} target="_blank" rel="noopener noreferrer">
      {body}
      <span class="hidden"> ({t.opensNew})</span>
    </a>
  )
}

function Time({ at }: { at: string }) {
  const { locale } = useSurroundings()
  return <time dateTime={at}>{new Intl.DateTimeFormat(locale, { timeStyle: 'short' }).format(new Date(at))}</time>
}

type Sender = { kind: Item['from']['kind']; name: string }

/** The picture beside the first of somebody's messages. */
export function Portrait({ from }: { from: Sender }) {
  return (
    <span class={`portrait ${from.kind}`} aria-hidden="true">
      {from.kind === 'agent' && from.name ? [...from.name.trim()][0] : <BotIcon />}
    </span>
  )
}

/** What a message answers, in a line. */
function Quote({ item }: { item: Item }) {
  const { t } = useSurroundings()
  const who = item.from.kind === 'customer' ? t.you : item.from.name || t.assistant
  return (
    <div class="quote" data-testid="seax-quote">
      <span class="hidden">{t.answers}</span>
      <strong>{who}</strong>
      <span>{item.text || item.attachments?.[0]?.name}</span>
    </div>
  )
}

/** One message somebody said. `first`: the one before it was of somebody else. `last`: the next one is. `answered`: what it answers, where that is shown. */
export function Message({ item, first, last, read, answered }: { item: Item; first: boolean; last: boolean; read: boolean; answered: Item | undefined }) {
  const { t } = useSurroundings()
  const own = item.from.kind === 'customer'
  if (item.from.kind === 'system') {
    return (
      <div class="system" data-testid="seax-message" data-from="system">
        <Words text={item.text ?? ''} />
      </div>
    )
  }
  const name = own ? t.you : item.from.kind === 'agent' ? item.from.name || t.person : t.assistant
  return (
    <div class={`message ${own ? 'own' : 'theirs'} ${first ? 'first' : ''}`} data-testid="seax-message" data-from={item.from.kind} data-state={own ? (read ? 'read' : 'sent') : undefined}>
      {!own && (first ? <Portrait from={{ kind: item.from.kind, name: item.from.name ?? '' }} /> : <span class="portrait empty" />)}
      <div class="stack">
        {first && !own ? <span class="who">{name}</span> : <span class="hidden">{name}</span>}
        <div class={item.text || item.article ? 'bubble' : 'bare'}>
          {answered && <Quote item={answered} />}
          {item.article && (
            <span class="article" data-testid="seax-article">
              <BookIcon />
              <span class="hidden">{t.article}: </span>
              {item.article.title}
            </span>
          )}
          {item.text && <Words text={item.text} />}
          {item.attachments?.map((file) => <File key={file.id} file={file} />)}
        </div>
        {last && (
          <span class="meta">
            <Time at={item.at} />
            {own && <span class={read ? 'mark read' : 'mark'}>{read ? t.read : t.sent}</span>}
          </span>
        )}
      </div>
    </div>
  )
}

/** A message that is on its way. */
export function Waiting({ draft, first, last, offline }: { draft: Draft; first: boolean; last: boolean; offline: boolean }) {
  const { chat, t } = useSurroundings()
  return (
    <div class={`message own ${first ? 'first' : ''} ${draft.failed ? 'failed' : 'waiting'}`} data-testid="seax-message" data-from="customer" data-state={draft.failed ? 'failed' : 'sending'}>
      <div class="stack">
        <span class="hidden">{t.you}</span>
        <div class={draft.text ? 'bubble' : 'bare'}>
          {draft.text && <Words text={draft.text} />}
          {draft.attachments?.map((file) => <File key={file.id} file={file} />)}
        </div>
        {draft.failed ? (
          <span class="meta error">
            {t.failed}
            <button type="button" class="link" data-testid="seax-retry" onClick={() => chat.resend(draft.cid)}>
              {t.retry}
            </button>
            <button type="button" class="link" onClick={() => chat.discard(draft.cid)}>
              {t.discard}
            </button>
          </span>
        ) : (
          last && <span class="meta">{offline ? t.waitingToSend : t.sending}</span>
        )}
      </div>
    </div>
  )
}

/** What can be answered with a press. */
export function Choices({ item }: { item: Item }) {
  const { chat, t } = useSurroundings()
  const options = item.options ?? []
  const rating = isRating(item)
  return (
    <div class={rating ? 'choices rating' : 'choices'} role="group" aria-label={rating ? t.rate : t.choose}>
      {options.map((option) => (
        <button key={option.id} type="button" data-testid="seax-choice" onClick={() => chat.say(option.label, [], option.id)}>
          {rating && <StarIcon />}
          {option.label}
        </button>
      ))}
    </div>
  )
}
