import { expect } from '@playwright/test'
import { Agent } from '../agent.ts'
import { accessible } from '../look.ts'
import { base, openOffice } from '../office.ts'
import { Shopper } from '../shoppers.ts'
import { test } from '../test.ts'

test('a reply comes due before everybody’s eyes', async ({ browser }) => {
  const office = await openOffice(['Ana'])
  const queues = (await (await office.api.get('/api/v1/queues')).json()) as { items: { id: string }[] }
  const queue = queues.items.find((one) => one.id === office.queue)
  const promised = { first_reply_s: 20, next_reply_s: 600, resolution_s: 3600, warn_percent: 50 }
  expect((await office.api.put(`/api/v1/queues/${office.queue}`, { data: { ...queue, sla: promised, rank_by: 'sla' } })).ok()).toBe(true)

  const ana = await Agent.signsIn(browser, office.people[0]!)
  await ana.presence('available')
  const shopper = await Shopper.arrives(office.channel, 'Marta Rossi', `marta-${office.queue}@rossi.example`)
  await shopper.say('I want to talk to a person')
  await expect(ana.offer).toBeVisible()
  await expect(ana.at('offer-card').getByTestId('sla')).toContainText('First reply')
  await ana.accepts()
  const row = ana.at('conversation-row').getByTestId('sla')
  const head = ana.at('conversation-head').getByTestId('sla')
  await expect(row).toHaveAttribute('data-state', 'warned')
  await expect(row).toHaveAttribute('data-state', 'breached')
  await expect(head).toContainText('First reply overdue by')
  await expect(ana.at('status').filter({ hasText: 'First reply overdue' })).toBeVisible()
  await accessible(ana.page, 'an overdue conversation', 'main')

  const grace = await Agent.signsIn(browser, office.supervisor)
  await grace.page.goto(`${base()}/supervisor/conversations?view=open&queue=${office.queue}&sla=breached`)
  await expect(grace.at('sla').first()).toHaveAttribute('data-state', 'breached')

  await ana.says('Here I am')
  await expect(head).toHaveAttribute('data-state', 'paused')
  await expect(ana.at('sla-clocks')).toContainText('Paused')
  await shopper.say('At last')
  await expect(row).toContainText('Next reply')
  ana.noProblems()
  grace.noProblems()
})
