import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { api, type Lab, type Person, type Provider } from './api.ts'
import { Drawer } from './drawer.tsx'
import './lab.css'
import { Phone } from './phone.tsx'
import { texts, type Language } from './texts.ts'

const asked = new URLSearchParams(location.search)
const kept = (name: string) => asked.get(name) ?? localStorage.getItem(`lab.${name}`)
const keep = (name: string, value: string) => localStorage.setItem(`lab.${name}`, value)

const troubled = (p: Provider) =>
  [p.mood.throttle, p.mood.break, p.mood.cut, p.mood.delay_ms, p.weather.duplicate, p.weather.lose, p.weather.delay_ms].some(Boolean) || !p.weather.retries

/** Pauses between two looks at the phones, however much happens. */
const glance = 150

function App() {
  const [language, setLanguage] = useState<Language>((kept('lang') ?? navigator.language).startsWith('ko') ? 'ko' : 'en')
  const [dark, setDark] = useState(kept('theme') ? kept('theme') === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches)
  const [person, setPerson] = useState<Person>({ name: kept('name') ?? 'Haneul Seo', phone: kept('phone') ?? '+821055501234' })
  const [lab, setLab] = useState<Lab>()
  const [away, setAway] = useState(false)
  const [news, setNews] = useState(0)
  const [beside, setBeside] = useState<{ what: 'wire' | 'faults'; provider: string }>()
  const t = texts[language]

  useEffect(() => {
    document.documentElement.lang = language
    document.documentElement.dataset['theme'] = dark ? 'dark' : 'light'
    document.title = t.title
  }, [language, dark])

  const look = () => api.lab().then((l) => (setLab(l), setAway(false)), () => setAway(true))
  useEffect(() => {
    void look()
    const source = new EventSource('/api/news')
    let waiting: ReturnType<typeof setTimeout> | undefined
    source.onmessage = () => {
      waiting ??= setTimeout(() => {
        waiting = undefined
        setNews((n) => n + 1)
      }, glance)
    }
    source.onopen = () => void look()
    source.onerror = () => setAway(true)
    return () => source.close()
  }, [])

  const change = (changes: Partial<Person>) => {
    const next = { ...person, ...changes }
    setPerson(next)
    keep('name', next.name)
    keep('phone', next.phone)
  }
  const provider = lab?.providers.find((p) => p.name === beside?.provider)
  return (
    <>
      <header class="top">
        <div class="brand">
          <h1>{t.title}</h1>
          <p>{t.intro}</p>
        </div>
        <fieldset class="person">
          <legend>{t.person}</legend>
          <label>{t.name}<input value={person.name} onChange={(e) => change({ name: e.currentTarget.value })} /></label>
          <label>{t.phone}<input value={person.phone} inputMode="tel" pattern="\+[1-9][0-9]{6,14}" onChange={(e) => change({ phone: e.currentTarget.value.replace(/[^+0-9]/g, '') })} /></label>
          <p>{t.sameNumber}</p>
        </fieldset>
        <nav>
          {lab && <a href={lab.seax} target="_blank" rel="noreferrer">{t.desk} ↗</a>}
          <button type="button" lang={language === 'en' ? 'ko' : 'en'} onClick={() => (keep('lang', language === 'en' ? 'ko' : 'en'), setLanguage(language === 'en' ? 'ko' : 'en'))}>{t.language}</button>
          <button type="button" aria-label={t.theme} title={t.theme} onClick={() => (keep('theme', dark ? 'light' : 'dark'), setDark(!dark))}>◐</button>
        </nav>
      </header>
      {away && <p class="away" role="alert">{t.away}</p>}
      <div class="table">
        <main>
          {lab?.channels.map((c) => (
            <Phone
              key={c.id} channel={c} person={person} t={t} news={news}
              faulty={lab.providers.some((p) => p.name === c.provider && troubled(p))}
              open={(what) => setBeside({ what, provider: c.provider })}
            />
          ))}
        </main>
        {beside && provider && (
          <Drawer
            what={beside.what} provider={provider} t={t} news={news} close={() => setBeside(undefined)} changed={() => void look()}
            names={lab?.channels.filter((c) => c.provider === provider.name).map((c) => c.name).join(', ') ?? ''}
          />
        )}
      </div>
    </>
  )
}

render(<App />, document.getElementById('lab')!)
