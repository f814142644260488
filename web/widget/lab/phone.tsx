import { useEffect, useRef, useState } from 'preact/hooks'
import { api, type Act, type Channel, type Item, type Person } from './api.ts'
import { base64, Files, mark } from './item.tsx'
import { Mail } from './mail.tsx'
import { Pin } from './signs.tsx'
import { fill, type Texts } from './texts.ts'

interface Props {
  channel: Channel
  person: Person
  t: Texts
  /** Counts up when there may be something new. */
  news: number
  faulty: boolean
  open: (what: 'wire' | 'faults') => void
}

const hanRiver = { latitude: 37.5283, longitude: 126.9327, name: 'Yeouido Hangang Park' }

/** One channel's phone in the customer's hand. */
export function Phone({ channel, person, t, news, faulty, open }: Props) {
  const [items, setItems] = useState<Item[]>([])
  const [address, setAddress] = useState('')
  const [failed, setFailed] = useState('')

  useEffect(() => {
    let current = true
    api.screen(channel.id, person.phone).then(
      (screen) => {
        if (!current) return
        setItems(screen.items)
        setAddress(screen.address)
      },
      () => current && setItems([]),
    )
    return () => {
      current = false
    }
  }, [channel.id, person.phone, news])

  const act = (what: Act) =>
    api.act(channel.id, person, what).then(
      () => setFailed(''),
      (error: Error) => setFailed(fill(t.failedTo, error.message)),
    )
  const Hand = channel.kind === 'email' ? Mail : Chat
  return (
    <section class="phone" data-kind={channel.kind} data-channel={channel.id} aria-label={fill(t.phoneOf, channel.name)}>
      <header>
        <div>
          <h2>{channel.name}</h2>
          <p>{channel.enabled ? address : t.off}</p>
        </div>
        <div class="tools">
          <button type="button" onClick={() => open('wire')}>{t.wire}</button>
          <button type="button" class={faulty ? 'on' : ''} onClick={() => open('faults')}>{faulty ? t.faulty : t.faults}</button>
        </div>
      </header>
      <Hand channel={channel} items={items} t={t} act={act} failed={failed} />
    </section>
  )
}

/** What a channel's program shows and can do. */
export interface Hand {
  channel: Channel
  items: Item[]
  t: Texts
  act: (what: Act) => Promise<void>
  failed: string
}

/** The program of a channel on which people chat. */
function Chat({ channel, items, t, act, failed }: Hand) {
  const [text, setText] = useState('')
  const [editing, setEditing] = useState<string>()
  const list = useRef<HTMLDivElement>(null)
  const file = useRef<HTMLInputElement>(null)
  const name = channel.name

  useEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight })
  }, [items.length])

  const submit = (event: Event) => {
    event.preventDefault()
    if (!text.trim()) return
    if (editing) void act({ type: 'edit', target: editing, text })
    else void act({ type: 'message', text })
    setText('')
    setEditing(undefined)
  }

  const pick = async (input: HTMLInputElement) => {
    const files = await Promise.all(Array.from(input.files ?? [], base64))
    input.value = ''
    if (files.length) await act({ type: 'message', text, files }).then(() => setText(''))
  }

  return (
    <>
      <div class="screen" role="log" tabIndex={0} aria-label={fill(t.messages, name)} ref={list}>
        {items.length === 0 && <p class="empty">{t.empty}</p>}
        {items.map((item) => (
          <Bubble key={item.id} item={item} channel={channel} t={t} act={act} edit={() => (setEditing(item.id), setText(item.text ?? ''))} />
        ))}
      </div>
      {failed && <p class="failed" role="alert">{failed}</p>}
      <form onSubmit={submit}>
        {channel.can.includes('files') && (
          <>
            <button type="button" class="round" aria-label={fill(t.attach, name)} title={fill(t.attach, name)} onClick={() => file.current?.click()}>＋</button>
            <input type="file" hidden ref={file} multiple onChange={(e) => void pick(e.currentTarget)} />
          </>
        )}
        {channel.can.includes('location') && (
          <button type="button" class="round" aria-label={fill(t.location, name)} title={fill(t.location, name)} onClick={() => void act({ type: 'message', location: hanRiver })}>
            <Pin />
          </button>
        )}
        <input type="text" class="body" value={text} aria-label={fill(t.write, name)} placeholder={editing ? t.edit : ''} onInput={(e) => setText(e.currentTarget.value)} />
        <button type="submit" class="round send" aria-label={fill(t.send, name)} title={fill(t.send, name)}>↑</button>
      </form>
      <div class="also">
        {(['typing', 'read', 'stop'] as const).filter((what) => channel.can.includes(what)).map((what) => (
          <button key={what} type="button" onClick={() => void act({ type: what, ...(what === 'read' ? { target: items.findLast((i) => !i.mine)?.id ?? '' } : {}) })}>{t[what]}</button>
        ))}
      </div>
    </>
  )
}

function Bubble({ item, channel, t, act, edit }: { item: Item; channel: Channel; t: Texts; act: (what: Act) => Promise<void>; edit: () => void }) {
  if (item.note) {
    return <p class="note">{{ stop: t.stopped, typing: t.typed, read: t.readNote }[item.note] ?? item.note}</p>
  }
  const can = (what: Channel['can'][number]) => channel.can.includes(what) && !item.deleted
  return (
    <div class={item.mine ? 'row mine' : 'row'}>
      <div class="bubble">
        {item.template && <small class="tag">{t.template}</small>}
        {item.deleted ? <em>{t.deleted}</em> : (
          <>
            <Files item={item} t={t} />
            {item.location && <span><Pin /> {item.location.name || `${item.location.latitude}, ${item.location.longitude}`}</span>}
            {item.text && <span class="text">{item.text}</span>}
          </>
        )}
        {item.reactions && <span class="reaction">{item.reactions.join('')}</span>}
      </div>
      {item.options && (
        <div class="options">
          {item.options.map((o) => <button key={o.id} type="button" onClick={() => void act({ type: 'message', choice: o.id, text: o.label })}>{o.label}</button>)}
        </div>
      )}
      <div class="meta">
        <span data-status={item.status}>{mark(item, t)}{item.edited && ` · ${t.edited}`}{item.times && ` · ${fill(t.twice, item.times)}`}</span>
        {item.mine && can('edit') && item.text && <button type="button" onClick={edit}>{t.edit}</button>}
        {item.mine && can('delete') && <button type="button" onClick={() => void act({ type: 'delete', target: item.id })}>{t.remove}</button>}
        {!item.mine && can('reaction') && (
          <button type="button" aria-pressed={Boolean(item.reactions)} onClick={() => void act({ type: 'reaction', target: item.id, emoji: item.reactions ? '' : '❤' })}>{t.react} ❤</button>
        )}
      </div>
    </div>
  )
}
