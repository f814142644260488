import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { View } from '../chat.ts'
import { choosable } from '../choices.ts'
import { useSurroundings } from './context.ts'
import { DownIcon } from './icons.tsx'
import { Choices, Message, Portrait, Waiting } from './message.tsx'
import type { Item } from '../types.ts'

/** Messages of one person closer than this stand together. */
const together = 3 * 60_000
/** This near to the end counts as being there. */
const nearEnd = 60

function day(at: string): string {
  return new Date(at).toDateString()
}

function Day({ at }: { at: string }) {
  const { locale, t } = useSurroundings()
  const date = new Date(at)
  const today = new Date()
  const yesterday = new Date(today)
  yesterday.setDate(today.getDate() - 1)
  let words = new Intl.DateTimeFormat(locale, { dateStyle: 'long' }).format(date)
  if (date.toDateString() === today.toDateString()) words = t.today
  if (date.toDateString() === yesterday.toDateString()) words = t.yesterday
  return (
    <div class="day">
      <span>{words}</span>
    </div>
  )
}

function sameGroup(a: Item | undefined, b: Item | undefined): boolean {
  return (
    !!a &&
    !!b &&
    a.from.kind === b.from.kind &&
    (a.from.name ?? '') === (b.from.name ?? '') &&
    day(a.at) === day(b.at) &&
    Date.parse(b.at) - Date.parse(a.at) < together
  )
}

/** Everything said, newest at the end. It stays at the end unless the visitor has scrolled up. */
export function Log({ view }: { view: View }) {
  const { chat, t } = useSurroundings()
  const box = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  const [away, setAway] = useState(false)
  const [seen, setSeen] = useState(0)
  const before = useRef({ first: 0, height: 0 })
  const { items, drafts } = view
  const last = items.at(-1)
  const newest = last?.n ?? 0

  // New words: stay at the end. Earlier ones above: stay where we are.
  useLayoutEffect(() => {
    const el = box.current
    if (!el) return
    const first = items[0]?.n ?? 0
    if (atEnd.current) el.scrollTop = el.scrollHeight
    else if (first < before.current.first) el.scrollTop += el.scrollHeight - before.current.height
    before.current = { first, height: el.scrollHeight }
  })
  useEffect(() => {
    const el = box.current
    if (!el) return
    // Pictures arrive and the keyboard opens after the words are there.
    const observer = new ResizeObserver(() => {
      if (atEnd.current) el.scrollTop = el.scrollHeight
    })
    observer.observe(el)
    for (const child of el.children) observer.observe(child)
    return () => observer.disconnect()
  }, [])
  const own = drafts.length
  useLayoutEffect(() => {
    // What one says oneself one wants to see.
    if (own > 0) toEnd()
  }, [own])

  function toEnd(): void {
    atEnd.current = true
    setAway(false)
    if (box.current) box.current.scrollTop = box.current.scrollHeight
  }
  function scrolled(): void {
    const el = box.current
    if (!el) return
    atEnd.current = el.scrollHeight - el.scrollTop - el.clientHeight < nearEnd
    if (atEnd.current === away) {
      setAway(!atEnd.current)
      setSeen(newest)
    }
    if (el.scrollTop < 80 && view.earlier) void chat.earlier()
  }

  const missed = away ? items.filter((i) => i.n > seen && i.from.kind !== 'customer').length : 0
  const choosing = drafts.length === 0 ? choosable(items, view.state, Date.now()) : undefined
  return (
    <div class="log-frame">
      <div class="log" ref={box} onScroll={scrolled} tabIndex={0} role="log" aria-label={t.messages} aria-live="polite" data-testid="seax-log">
        <div class="content">
          {view.earlier && (
            <button type="button" class="link earlier" onClick={() => void chat.earlier()}>
              {t.earlier}
            </button>
          )}
          {!view.earlier && view.settings?.greeting && (
            <div class="message theirs first greeting">
              <Portrait from={{ kind: 'bot', name: '' }} />
              <div class="stack">
                <div class="bubble">
                  <p class="words">{view.settings.greeting}</p>
                </div>
              </div>
            </div>
          )}
          {items.map((item, i) => {
            const previous = items[i - 1]
            return (
              <>
                {(!previous || day(previous.at) !== day(item.at)) && <Day key={'day' + item.n} at={item.at} />}
                <Message
                  key={item.n}
                  item={item}
                  first={!sameGroup(previous, item)}
                  last={!sameGroup(item, items[i + 1]) && !(item.from.kind === 'customer' && i === items.length - 1 && drafts.length > 0)}
                  read={item.n <= view.readN}
                  answered={item.reply_to ? items.find((one) => one.id === item.reply_to) : undefined}
                />
              </>
            )
          })}
          {choosing && <Choices key={'choices' + choosing.n} item={choosing} />}
          {drafts.map((draft, i) => (
            <Waiting key={draft.cid} draft={draft} first={i === 0 && last?.from.kind !== 'customer'} last={i === drafts.length - 1} offline={view.offline} />
          ))}
          <div class="typing" role="status" data-testid="seax-typing" hidden={view.typing === null}>
            <span class="dots" aria-hidden="true">
              <i />
              <i />
              <i />
            </span>
            {view.typing !== null && <span>{t.typing(view.typing)}</span>}
          </div>
        </div>
      </div>
      {away && (
        <button type="button" class="down" onClick={toEnd} aria-label={missed > 0 ? t.newMessages(missed) : t.down}>
          {missed > 0 && <span>{t.newMessages(missed)}</span>}
          <DownIcon />
        </button>
      )}
    </div>
  )
}
