import { expect } from '@playwright/test'
import { readFile } from 'node:fs/promises'
import { Agent } from '../agent.ts'
import { accessible } from '../look.ts'
import { base, openOffice } from '../office.ts'
import { test } from '../test.ts'
import { Customer } from '../widget.ts'

test('what happened is in the numbers of the day, in the report, and on the wall', async ({ browser }) => {
  const office = await openOffice(['Ana'])
  const ana = await Agent.signsIn(browser, office.people[0]!)
  const grace = await Agent.signsIn(browser, office.supervisor)
  await grace.page.goto(`${base()}/supervisor?numbers=today`)
  const today = grace.page.getByTestId('table-row').and(grace.page.locator(`[data-id="${office.queue}"]`))
  await expect(today).toContainText('0')

  // A screen on the wall, for this queue alone.
  await grace.page.goto(`${base()}/supervisor/wallboards`)
  await grace.at('add').first().click()
  await grace.page.getByRole('textbox', { name: 'Name' }).fill(`Wall ${office.queue}`)
  const queues = grace.page.getByRole('textbox', { name: 'Queues' }).or(grace.page.getByRole('combobox', { name: 'Queues' }))
  await queues.first().fill(office.queue)
  await grace.page.getByRole('option', { name: `Front ${office.queue}` }).click()
  await grace.page.keyboard.press('Escape')
  await grace.at('editor-save').click()
  const link = await grace.at('wallboard-open').getAttribute('href')
  expect(link).toContain('/wallboard/wall_')
  const stranger = await browser.newContext({ viewport: { width: 1280, height: 720 } })
  const wall = await stranger.newPage()
  await wall.goto(link!)
  const card = wall.getByRole('region', { name: `Front ${office.queue}` })
  const fact = (name: string) => card.locator('div', { has: wall.locator('dt', { hasText: name }) }).last().locator('dd')
  await expect(fact('Answered')).toContainText('0')
  await accessible(wall)

  await ana.presence('available')
  const customer = await Customer.arrives(browser, office.channel)
  await customer.say('I want to talk to a person')
  await expect(ana.offer).toBeVisible()
  await ana.accepts()
  await ana.says('Hello! How can I help?')

  // Nobody fetches anything: it is pushed.
  await expect(fact('Answered')).toContainText('1')
  await expect(fact('In service')).toContainText('1')
  expect(await wall.content()).not.toContain('Ana')
  await grace.page.goto(`${base()}/supervisor?numbers=today`)
  await expect(today).toContainText('100%')

  await grace.page.goto(`${base()}/supervisor/reports?by=queue`)
  const row = grace.page.getByTestId('table-row').and(grace.page.locator(`[data-id="${office.queue}"]`))
  await expect(row).toContainText('100%')
  const download = grace.page.waitForEvent('download')
  await grace.at('report-csv').click()
  const file = await (await download).path()
  expect(await readFile(file, 'utf8')).toMatch(new RegExp(`^${office.queue},Front ${office.queue},[^,]*,1,1,1,1,`, 'm'))

  await grace.page.goto(`${base()}/supervisor/wallboards`)
  await grace.page.getByRole('button', { name: `Revoke Wall ${office.queue}` }).click()
  await grace.page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click()
  await expect(wall.getByText('not shown any more')).toBeVisible()
  ana.noProblems()
  grace.noProblems()
})
