/** What customers of a channel can do besides writing. */
export type Ability = 'files' | 'location' | 'reaction' | 'edit' | 'delete' | 'stop' | 'typing' | 'read' | 'automatic' | 'bounce'

export interface Channel {
  id: string
  kind: string
  name: string
  provider: string
  enabled: boolean
  can: Ability[]
}

/** How calls to a provider go: shares of them, from 0 to 1. */
export interface Mood {
  throttle?: number
  break?: number
  cut?: number
  retry_after?: number
  delay_ms?: number
}

/** How a provider's webhooks travel. */
export interface Weather {
  duplicate?: number
  lose?: number
  delay_ms?: number
  retries?: number
  retry_after_ms?: number
}

export interface Provider {
  name: string
  kinds: string[]
  mood: Mood
  weather: Weather
}

export interface Lab {
  seax: string
  channels: Channel[]
  providers: Provider[]
}

export interface Place {
  latitude: number
  longitude: number
  name?: string
}

export interface Item {
  id: string
  mine: boolean
  note?: string
  /** Of an email. Its HTML is as it was written: it is only shown where nothing runs. */
  subject?: string
  html?: string
  from?: string
  to?: string
  text?: string
  files?: { name: string; media_type: string; url: string }[]
  location?: Place
  options?: { id: string; label: string }[]
  template?: string
  edited?: boolean
  deleted?: boolean
  reactions?: string[]
  at: string
  status: string
  times?: number
}

export interface Exchange {
  n: number
  at: string
  out: boolean
  method: string
  url: string
  header: string[]
  body: string
  status: number
  answer: string
  ms: number
  lost?: boolean
}

export interface Person {
  name: string
  phone: string
}

export interface Act {
  type: string
  text?: string
  subject?: string
  html?: string
  choice?: string
  files?: { name: string; media_type: string; content: string }[]
  location?: Place
  target?: string
  reply_to?: string
  emoji?: string
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(path, {
    method,
    ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error((await response.text()).trim())
  const text = await response.text()
  return (text ? JSON.parse(text) : undefined) as T
}

const query = (values: Record<string, string>) => new URLSearchParams(values).toString()

export const api = {
  lab: () => call<Lab>('GET', '/api/lab'),
  screen: (channel: string, phone: string) => call<{ address: string; items: Item[] }>('GET', `/api/screen?${query({ channel, phone })}`),
  wire: (provider: string) => call<Exchange[]>('GET', `/api/wire?${query({ provider })}`),
  act: (channel: string, person: Person, act: Act) => call<{ id: string }>('POST', '/api/act', { channel, phone: person.phone, name: person.name, ...act }),
  mood: (kind: string, mood: Mood) => call('PUT', `/control/${kind}/mood`, mood),
  weather: (kind: string, weather: Weather) => call('PUT', `/control/${kind}/weather`, weather),
  fault: (kind: string, fault: { status?: number; retry_after?: number; delay_ms?: number; drop?: string }) =>
    call('POST', `/control/${kind}/faults`, { times: 1, ...fault }),
  recover: (kind: string) => call('DELETE', `/control/${kind}/faults`),
}
