import { expect } from '@playwright/test'
import { Agent } from '../agent.ts'
import { base, openOffice } from '../office.ts'
import { test } from '../test.ts'

test('an admin sees what a routing file changes, puts right what is wrong, and applies it', async ({ browser }) => {
  const office = await openOffice([], [], {})
  const leo = await Agent.signsIn(browser, office.admin, 'en')
  await leo.page.goto(base() + '/admin/routing-file')
  const text = leo.at('routing-text')
  const id = `e2e-${Date.now()}`

  await text.fill(`skills:\n  - {id: ${id}, label: {en: Sign language}}\nplans:\n  - {id: ${id}, name: {en: Odd}, default: {steps: [{queue: nowhere}]}}\n`)
  await leo.at('routing-check').click()
  await expect(leo.page.getByText('there is no queue "nowhere"')).toBeVisible()
  await leo.page.getByRole('button', { name: 'Line 4, column' }).click()
  expect(await text.evaluate((area: HTMLTextAreaElement) => area.value.slice(area.selectionStart, area.selectionEnd))).toContain('queue: nowhere')

  await text.fill(`skills:\n  - {id: ${id}, label: {en: Sign language}}\n`)
  await leo.at('routing-check').click()
  const difference = leo.at('routing-difference')
  await expect(difference).toContainText('1 added')
  await expect(difference).toContainText('Sign language')
  await leo.at('routing-reason').fill('for a test')
  await leo.at('routing-apply').click()
  await expect(leo.page.getByText('What was changed')).toBeVisible()
  await leo.page.goto(base() + '/admin/skills')
  await expect(leo.page.getByText(id)).toBeVisible()

  const [download] = await Promise.all([leo.page.waitForEvent('download'), leo.page.goto(base() + '/admin/routing-file').then(() => leo.at('routing-download').click())])
  expect(download.suggestedFilename()).toBe('routing.yaml')
})
