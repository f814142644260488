import { expect } from '@playwright/test'
import { Agent } from '../agent.ts'
import { openOffice } from '../office.ts'
import { test } from '../test.ts'
import { Customer } from '../widget.ts'

test('nobody answers: the next is asked, who misses twice is not responding, and who comes back gets it', async ({ browser }) => {
  const office = await openOffice(['Ana', 'Ben'], [], { offer: 5 })
  const [ana, ben] = await Promise.all(office.people.map((p) => Agent.signsIn(browser, p)))
  if (!ana || !ben) throw new Error('somebody is missing')
  await ana.presence('available')
  const customer = await Customer.arrives(browser, office.channel)
  await customer.say('I want to talk to a person')

  await expect(ana.offer).toBeVisible()
  await ben.presence('available')
  // Nobody touches anything: Ana misses it, then Ben, and as nobody else is there both are asked again.
  await expect(ben.offer).toBeVisible()
  for (const agent of [ana, ben]) await expect(agent.at('presence-switch').first()).toContainText('Not responding', { timeout: 60_000 })
  for (const agent of [ana, ben]) await expect(agent.offer).toBeHidden()
  await expect(customer.at('message').and(customer.page.locator('[data-from=system]')).first()).toContainText('next in line', { timeout: 30_000 })

  await ben.presence('available')
  await ben.accepts()
  await ben.says('Sorry for the wait.')
  await customer.sees('Sorry for the wait.')
  ana.noProblems()
  ben.noProblems()
})

test('an offer somebody else has taken says so', async ({ browser }) => {
  const office = await openOffice(['Ana'])
  const ana = await Agent.signsIn(browser, office.people[0]!)
  await ana.presence('available')
  const customer = await Customer.arrives(browser, office.channel)
  await customer.say('I want to talk to a person')
  await expect(ana.offer).toBeVisible()

  const grace = await Agent.signsIn(browser, { email: 'grace@seax.demo' })
  const answer = await office.api.get('/api/v1/conversations?view=waiting')
  const { items } = (await answer.json()) as { items: { id: string; channel: { id: string } }[] }
  const waiting = items.find((c) => c.channel.id === office.channel)!
  await grace.page.goto(`${grace.page.url().split('/').slice(0, 3).join('/')}/inbox/all/${waiting.id}`)
  await grace.at('take-over').first().click()
  await grace.at('reason-submit').click()
  await expect(grace.at('composer-input')).toBeVisible()
  await expect(ana.page.getByText(/Grace Cho/).first()).toBeVisible()
  await expect(ana.offer).toBeHidden()
})
