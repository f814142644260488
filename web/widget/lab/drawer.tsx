import { useEffect, useRef, useState } from 'preact/hooks'
import { api, type Exchange, type Mood, type Provider, type Weather } from './api.ts'
import { fill, type Texts } from './texts.ts'

interface Props {
  what: 'wire' | 'faults'
  provider: Provider
  names: string
  t: Texts
  news: number
  close: () => void
  changed: () => void
}

/** What stands beside the phones: what goes over the wire of a provider, or what goes wrong there. */
export function Drawer({ what, provider, names, t, news, close, changed }: Props) {
  const panel = useRef<HTMLElement>(null)
  const title = fill(what === 'wire' ? t.wireOf : t.faultsOf, provider.name)
  useEffect(() => panel.current?.focus(), [what, provider.name])
  return (
    <aside class="drawer" aria-label={title} tabIndex={-1} ref={panel} onKeyDown={(e) => e.key === 'Escape' && close()}>
      <header>
        <h2>{title}</h2>
        <button type="button" onClick={close}>{t.close}</button>
      </header>
      {what === 'wire' ? <Wire provider={provider} t={t} news={news} /> : <Faults provider={provider} names={names} t={t} changed={changed} />}
    </aside>
  )
}

function Wire({ provider, t, news }: { provider: Provider; t: Texts; news: number }) {
  const [all, setAll] = useState<Exchange[]>([])
  useEffect(() => {
    api.wire(provider.name).then(setAll, () => setAll([]))
  }, [provider.name, news])
  if (all.length === 0) return <p class="empty">{t.wireEmpty}</p>
  return (
    <ol class="wire">
      {all.map((e) => (
        <li key={e.n}>
          <details>
            <summary>
              <span class={e.out ? 'way out' : 'way'}>{e.out ? t.out : t.in}</span>
              <code>{e.method} {path(e.url)}</code>
              <span class={e.lost || e.status >= 400 ? 'status bad' : 'status'}>{e.lost ? t.lost : e.status || ''}</span>
            </summary>
            <h3>{t.request}</h3>
            <pre tabIndex={0} aria-label={t.request}>{`${e.method} ${e.url}\n${e.header.join('\n')}\n\n${pretty(e.body)}`}</pre>
            <h3>{t.answer} · {fill(t.took, e.ms.toFixed(1))}</h3>
            <pre tabIndex={0} aria-label={t.answer}>{e.lost ? t.lost : `${e.status}\n\n${pretty(e.answer)}`}</pre>
          </details>
        </li>
      ))}
    </ol>
  )
}

const path = (url: string) => {
  const at = new URL(url)
  return at.hostname === location.hostname ? at.pathname : at.host + at.pathname
}

/** JSON and forms as people read them; everything else as it is. */
function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    if (!/^[\w.%+-]+=[^\n]*$/.test(body)) return body
    return Array.from(new URLSearchParams(body), ([name, value]) => `${name} = ${value}`).join('\n')
  }
}

function Faults({ provider, names, t, changed }: { provider: Provider; names: string; t: Texts; changed: () => void }) {
  const kind = provider.kinds[0]!
  const { mood, weather } = provider
  const mail = provider.kinds.includes('email')
  const setMood = (m: Mood) => void api.mood(kind, { ...mood, ...m }).then(changed)
  const setWeather = (w: Weather) => void api.weather(kind, { ...weather, ...w }).then(changed)
  const well = () =>
    void Promise.all([api.recover(kind), api.mood(kind, {}), api.weather(kind, { retries: 5, retry_after_ms: 2000 })]).then(changed)
  return (
    <div class="faults">
      <p>{fill(t.shared, provider.name, names)}</p>
      <fieldset>
        <legend>{t.webhooks}</legend>
        <Share label={t.duplicate} value={weather.duplicate} set={(duplicate) => setWeather({ duplicate })} />
        <Share label={t.lose} value={weather.lose} set={(lose) => setWeather({ lose })} />
        <Switch label={t.reorder} on={Boolean(weather.delay_ms)} set={(on) => setWeather({ delay_ms: on ? 3000 : 0 })} />
        <Switch label={t.repeat} on={Boolean(weather.retries)} set={(on) => setWeather({ retries: on ? 5 : 0, retry_after_ms: 2000 })} />
      </fieldset>
      <fieldset>
        <legend>{t.calls}</legend>
        <Share label={mail ? t.throttleMail : t.throttle} value={mood.throttle} set={(throttle) => setMood({ throttle, retry_after: 1 })} />
        <Share label={mail ? t.breakMail : t.break} value={mood.break} set={(value) => setMood({ break: value })} />
        <Share label={t.cut} value={mood.cut} set={(cut) => setMood({ cut })} />
        <Switch label={t.slow} on={Boolean(mood.delay_ms)} set={(on) => setMood({ delay_ms: on ? 4000 : 0 })} />
        <div class="once">
          <span id="once">{t.once}</span>
          <div role="group" aria-labelledby="once">
            <button type="button" onClick={() => void api.fault(kind, { status: 429, retry_after: 2 })}>{mail ? 450 : t.next429}</button>
            <button type="button" onClick={() => void api.fault(kind, { status: 500 })}>{mail ? 451 : t.next500}</button>
            <button type="button" onClick={() => void api.fault(kind, { delay_ms: 5000 })}>{t.nextSlow}</button>
            <button type="button" onClick={() => void api.fault(kind, { drop: 'after' })}>{t.nextCut}</button>
          </div>
        </div>
      </fieldset>
      <button type="button" class="well" onClick={well}>{t.well}</button>
    </div>
  )
}

function Share({ label, value = 0, set }: { label: string; value?: number | undefined; set: (value: number) => void }) {
  return (
    <label class="share">
      <span>{label}</span>
      <input type="range" min={0} max={100} step={5} value={value * 100} onChange={(e) => set(Number(e.currentTarget.value) / 100)} />
      <output>{Math.round(value * 100)} %</output>
    </label>
  )
}

function Switch({ label, on, set }: { label: string; on: boolean; set: (on: boolean) => void }) {
  return (
    <label class="switch">
      <span>{label}</span>
      <input type="checkbox" checked={on} onChange={(e) => set(e.currentTarget.checked)} />
    </label>
  )
}
