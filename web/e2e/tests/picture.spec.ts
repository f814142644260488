import { expect, type APIRequestContext } from '@playwright/test'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { Agent } from '../agent.ts'
import { signedIn } from '../office.ts'
import { Shopper } from '../shoppers.ts'
import { test } from '../test.ts'

test.skip(!process.env['SEAX_SCREENSHOTS'], 'draws the picture of the README; npm run screenshots')

type Line = { from: 'customer' | 'agent'; text: string }
type Talk = { name: string; email: string; locale?: 'ko'; lines: Line[] }

const customer = (text: string): Line => ({ from: 'customer', text })
const agent = (text: string): Line => ({ from: 'agent', text })
const person = customer('Could I talk to a person, please?')

const talks: Talk[] = [
  { name: 'Daniel Ortega', email: 'daniel@ortega.example', lines: [person, agent('Hello Daniel, this is Mina. What can I do for you?'), customer('Do you wrap gifts?'), agent('We do, with a card if you like. Which piece is it?')] },
  { name: '김하늘', email: 'haneul@kim.example', locale: 'ko', lines: [customer('상담사 연결해 주세요'), agent('안녕하세요, 하늘 님. 박민아입니다.'), customer('물결 찻잔 재입고 언제 되나요?')] },
  { name: 'Marta Rossi', email: 'marta@rossi.example', lines: [person, agent('Good morning Marta, how can I help?'), customer('Could you send the invoice to my office instead?')] },
  {
    name: 'Sophie Laurent',
    email: 'sophie@laurent.example',
    lines: [
      customer('How can I return an item?'),
      person,
      customer('One of the two cups arrived with a crack.'),
      agent('Hello Sophie, this is Mina. I am sorry about the cup! Was the box damaged as well?'),
      customer('No, the box was fine. It is a hairline crack near the handle, I noticed it when I washed it.'),
      agent('Thank you, then it was the kiln and not the post. I am sending you a new one today, you can keep the other.'),
      customer('Oh, that is kind. Will it have the same glaze?'),
    ],
  },
]

/** What came to a customer's open conversation; undefined: there is none yet. */
async function conversationOf(api: APIRequestContext, name: string): Promise<{ id: string; phase: string } | undefined> {
  const { items } = (await (await api.get('/api/v1/conversations?view=mine&limit=50')).json()) as { items: { id: string; phase: string; contact: { name: string } }[] }
  return items.find((c) => c.contact.name === name)
}

async function tell(api: APIRequestContext, talk: Talk): Promise<string> {
  const shopper = await Shopper.arrives('demo', talk.name, talk.email, talk.locale ?? 'en')
  let id = ''
  for (const line of talk.lines) {
    if (line.from === 'customer') await shopper.say(line.text)
    else {
      await expect
        .poll(async () => {
          const { items } = (await (await api.get('/api/v1/reservations')).json()) as { items: { id: string }[] }
          for (const offer of items) await api.post(`/api/v1/reservations/${offer.id}/accept`)
          id = (await conversationOf(api, talk.name))?.id ?? ''
          return id
        })
        .not.toBe('')
      await api.post(`/api/v1/conversations/${id}/messages`, { data: { id: randomUUID(), text: line.text } })
    }
    // The bot speaks in between.
    await new Promise((resolve) => setTimeout(resolve, 700))
  }
  return id
}

test('the inbox of a working agent', async ({ browser }) => {
  const api = await signedIn('mina@seax.demo')
  expect((await api.patch('/api/v1/session', { data: { locale: 'en' } })).ok()).toBe(true)
  const mina = await Agent.signsIn(browser, { email: 'mina@seax.demo' }, 'en', { colorScheme: 'light' })
  await mina.presence('available')
  const ids: string[] = []
  for (const talk of talks) ids.push(await tell(api, talk))
  await mina.page.goto(mina.page.url().replace(/\/inbox.*/, `/inbox/mine/${ids.at(-1)}`))
  await mina.sees('the same glaze')
  await mina.at('composer-input').fill('The very same: it comes from the same firing')
  const waiting = await Shopper.arrives('demo', 'Oliver Grant', 'oliver@grant.example')
  await waiting.say('I want to talk to a person')
  await expect(mina.offer).toBeVisible()
  await mina.page.evaluate(() => Promise.all(document.getAnimations().filter((a) => a.effect?.getTiming().iterations !== Infinity).map((a) => a.finished.catch(() => undefined))))
  await mina.page.screenshot({ path: process.env['SEAX_PICTURE'] ?? join(import.meta.dirname, '../../../docs/images/inbox.png') })
})
