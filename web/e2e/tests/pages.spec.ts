import AxeBuilder from '@axe-core/playwright'
import { expect, test, type Page } from '@playwright/test'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Agent } from '../agent.ts'
import { base, openOffice } from '../office.ts'
import { Customer } from '../widget.ts'

/** Where pictures go; with "npm run screenshots" only. */
const pictures = process.env['SEAX_SCREENSHOTS'] ? (process.env['SEAX_PICTURES'] ?? join(import.meta.dirname, '../../../test-results/screens')) : ''

async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle').catch(() => undefined)
  await page.evaluate(() => Promise.all(document.getAnimations().filter((a) => a.effect?.getTiming().iterations !== Infinity).map((a) => a.finished.catch(() => undefined))))
}

async function look(page: Page, name: string): Promise<void> {
  await settled(page)
  if (pictures) {
    mkdirSync(pictures, { recursive: true })
    await page.screenshot({ path: join(pictures, name + '.png') })
  }
  const { violations } = await new AxeBuilder({ page }).analyze()
  const found = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(' | ')}`)
  expect(found, name).toEqual([])
}

const pagesOf = {
  agent: ['/inbox/mine', '/inbox/waiting', '/inbox/closed', '/contacts'],
  supervisor: ['/supervisor', '/supervisor?numbers=today', '/supervisor/conversations', '/supervisor/reports', '/supervisor/wallboards', '/supervisor/wallboards/new'],
  admin: ['/admin/people', '/admin/skills', '/admin/queues', '/admin/presences', '/admin/articles', '/admin/replies', '/admin/channels', '/admin/keys', '/admin/people/new', '/admin/queues/new', '/admin/channels/new', '/admin/articles/new'],
}

for (const lang of ['en', 'ko'] as const) {
  for (const scheme of ['light', 'dark'] as const) {
    const look2 = (page: Page, name: string) => look(page, `${lang}-${scheme}-${name}`)
    const options = { colorScheme: scheme } as const

    test(`every page is accessible (${lang}, ${scheme})`, async ({ browser }) => {
      const office = await openOffice([], [], { lang })
      const leo = await Agent.signsIn(browser, office.admin, lang, options)
      await expect(leo.page.locator('html')).toHaveAttribute('lang', lang)
      for (const path of [...pagesOf.agent, ...pagesOf.supervisor, ...pagesOf.admin]) {
        await leo.page.goto(base() + path)
        await expect(leo.page.getByRole('main').or(leo.page.locator('main')).first()).toBeVisible()
        await look2(leo.page, 'page' + path.replaceAll(/[/?=&]/g, '-'))
      }
      leo.noProblems()
      const out = await browser.newContext({ ...options, locale: lang === 'ko' ? 'ko-KR' : 'en-US' })
      const stranger = await out.newPage()
      await stranger.goto(base())
      await expect(stranger.getByTestId('sign-in-email')).toBeVisible()
      await look2(stranger, 'sign-in')
      await stranger.goto(base() + '/docs')
      await look2(stranger, 'docs')
    })

    test(`a conversation, its dialogs and the chat are accessible (${lang}, ${scheme})`, async ({ browser }) => {
      const office = await openOffice(['Ana'], [], { lang })
      const ana = await Agent.signsIn(browser, office.people[0]!, lang, options)
      await ana.presence('available')
      const customer = await Customer.arrives(browser, office.channel, lang, options)
      await customer.say(lang === 'ko' ? '반품은 어떻게 하나요?' : 'How can I return an item?')
      await customer.say(lang === 'ko' ? '상담사 연결해 주세요' : 'I want to talk to a person')
      await expect(ana.offer).toBeVisible()
      await look2(ana.page, 'offer')
      await ana.accepts()
      await ana.says(lang === 'ko' ? '안녕하세요, 무엇을 도와드릴까요?' : 'Hello! How can I help?')
      await customer.sees(lang === 'ko' ? '안녕하세요, 무엇을' : 'Hello! How can I help?')
      await look2(customer.page, 'chat')
      await look2(ana.page, 'conversation')
      await ana.at('transfer').first().click()
      await expect(ana.at('transfer-find')).toBeVisible()
      await look2(ana.page, 'transfer')
      await ana.page.keyboard.press('Escape')
      await ana.at('park').first().click()
      await expect(ana.at('park-submit')).toBeVisible()
      await look2(ana.page, 'park')
      await ana.page.keyboard.press('Escape')
      await ana.at('composer-input').click()
      await ana.page.keyboard.press('Escape')
      await ana.page.locator('body').press('?')
      await expect(ana.page.getByRole('dialog')).toBeVisible()
      await look2(ana.page, 'help')
      await ana.page.keyboard.press('Escape')
      await ana.at('wrap-up').first().click()
      await expect(ana.at('wrap-up-panel')).toBeVisible()
      await look2(ana.page, 'wrap-up')
      await ana.at('wrap-up-submit').click()
      await expect(customer.at('choice')).toHaveCount(5)
      await look2(customer.page, 'rating')
      const grace = await Agent.signsIn(browser, office.supervisor, lang, options)
      await grace.page.goto(base() + '/supervisor/conversations')
      await settled(grace.page)
      await grace.page.locator('main a[href*="/supervisor/conversations?"]').first().click()
      await expect(grace.at('inspector')).toBeVisible()
      await look2(grace.page, 'inspector')
    })
  }
}

test('a phone shows one thing at a time, without scrolling sideways', async ({ browser }) => {
  const office = await openOffice(['Ana'])
  const ana = await Agent.signsIn(browser, office.people[0]!, 'en', { viewport: { width: 390, height: 844 } })
  await ana.presence('available')
  const customer = await Customer.arrives(browser, office.channel)
  await customer.say('I want to talk to a person')
  await expect(ana.offer.or(ana.at('offer-row-accept')).first()).toBeVisible()
  await look(ana.page, 'phone-offer')
  await ana.offer.or(ana.at('offer-row-accept')).first().click()
  await expect(ana.at('composer-input')).toBeVisible()
  await ana.says('Hello from a phone')
  await look(ana.page, 'phone-conversation')
  await ana.at('back').click()
  await expect(ana.at('conversation-row').first()).toBeVisible()
  await look(ana.page, 'phone-list')
  expect(await ana.page.evaluate(() => document.documentElement.scrollWidth > innerWidth)).toBe(false)
})
