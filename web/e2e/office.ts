import { expect, request, type APIRequestContext } from '@playwright/test'

export const demoPassword = 'haru-and-sea'

export const base = (): string => process.env['SEAX_URL'] ?? ''

/** The API as somebody who has signed in. */
export async function signedIn(email: string, password = demoPassword): Promise<APIRequestContext> {
  const api = await request.newContext({ baseURL: base() })
  const answer = await api.post('/api/v1/session', { data: { email, password } })
  expect(answer.status(), await answer.text()).toBeLessThan(300)
  return api
}

export async function create(api: APIRequestContext, path: string, data: unknown): Promise<Record<string, unknown>> {
  const answer = await api.post('/api/v1' + path, { data })
  expect(answer.status(), `${path}: ${await answer.text()}`).toBeLessThan(300)
  return (await answer.json()) as Record<string, unknown>
}

export type Person = { id: string; name: string; email: string; password: string }

export type Office = {
  /** The queue, and the channel that leads to it. */
  queue: string
  channel: string
  /** A second queue, with the people of `others`. */
  second: string
  /** A plan that no channel goes by. */
  plan: string
  people: Person[]
  others: Person[]
  supervisor: Person
  admin: Person
  api: APIRequestContext
}

let made = 0

/**
 * Sets up a corner of the contact center of a test's own: two queues, a webchat, and people, so that tests do not take each
 * other's conversations; surnames make everybody unique. Names come in the order in which people are asked: who is named first has been idle longest.
 */
export async function openOffice(names: string[], others: string[] = [], settings: { offer?: number; autoAccept?: boolean; capacity?: number; lang?: 'en' | 'ko' } = {}): Promise<Office> {
  const api = await signedIn('leo@seax.demo')
  const id = `t${process.pid}-${++made}-${Math.random().toString(36).slice(2, 7)}`
  const outcomes = [
    { id: 'resolved', label: { en: 'Solved', ko: '해결' } },
    { id: 'other', label: { en: 'Other', ko: '기타' } },
  ]
  const queue = (slug: string, name: { en: string; ko: string }) =>
    create(api, '/queues', {
      id: slug,
      name,
      offer_timeout_s: settings.offer ?? 60,
      wrapup_s: 120,
      boost_s: 600,
      strict: false,
      time_zone: 'UTC',
      hours: {},
      holidays: [],
      outcomes,
      auto_accept: settings.autoAccept ?? false,
    })
  await queue(id, { en: `Front ${id}`, ko: `안내 ${id}` })
  await queue(`${id}-b`, { en: `Second ${id}`, ko: `두번째 ${id}` })
  await create(api, '/channels', { id, kind: 'webchat', name: `Shop ${id}`, flow: 'assistant', queue: id, enabled: true })
  await create(api, '/plans', {
    id: `${id}-plan`,
    name: { en: `Plan ${id}`, ko: `플랜 ${id}` },
    rules: [{ name: 'Korean', when: "request.language == 'ko'", skills: { ko: 60 }, steps: [{ known: 'last', timeout_s: 30 }, { timeout_s: 120 }, { lower: { ko: 30 } }] }],
    default: { steps: [{ timeout_s: 300 }, { queue: `${id}-b`, skip_if: 'agents.available == 0', timeout_s: 60 }, { anyone: true, order: 'least_loaded' }] },
  })
  const hire = async (name: string, member: string, role = 'agent'): Promise<Person> => {
    const email = `${name.toLowerCase()}-${id}@e2e.test`
    const password = 'a long enough password'
    const person = await create(api, '/people', { email, name: `${name} ${id}`, role, password, locale: settings.lang ?? 'en', queues: { [member]: 1 }, skills: { en: 80, ko: 80 }, capacity: settings.capacity ?? 100 })
    return { id: person['id'] as string, name: `${name} ${id}`, email, password }
  }
  const people: Person[] = []
  for (const name of names) people.push(await hire(name, id))
  const second: Person[] = []
  for (const name of others) second.push(await hire(name, `${id}-b`))
  const supervisor = await hire('Grace', `${id}-b`, 'supervisor')
  const admin = await hire('Leo', `${id}-b`, 'admin')
  return { supervisor, admin, queue: id, channel: id, second: `${id}-b`, plan: `${id}-plan`, people, others: second, api }
}
