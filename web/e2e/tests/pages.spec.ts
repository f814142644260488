import { expect, type Browser, type Locator, type Page } from '@playwright/test'
import { Agent } from '../agent.ts'
import { look } from '../look.ts'
import { base, openOffice, type Office } from '../office.ts'
import { test } from '../test.ts'
import { Customer } from '../widget.ts'

/** Every page of the client; what is made by a test of its own is named by its office. */
function pagesOf(office: Office): string[] {
  const views = ['mine', 'waiting', 'bot', 'parked', 'attention', 'all', 'closed']
  const lists = ['people', 'skills', 'queues', 'presences', 'plans', 'articles', 'replies', 'channels', 'keys']
  return [
    ...views.map((view) => `/inbox/${view}`),
    `/inbox/all/${nobody}`,
    '/contacts',
    `/contacts/${nobody}`,
    '/supervisor',
    `/supervisor?queue=${office.queue}`,
    '/supervisor/conversations',
    '/supervisor/reports',
    '/supervisor/wallboards',
    '/supervisor/wallboards/new',
    '/supervisor?numbers=today',
    '/supervisor/simulation',
    '/admin/routing-file',
    '/admin/audit',
    '/supervisor/audit',
    ...lists.flatMap((list) => [`/admin/${list}`, `/admin/${list}/new`]),
    `/admin/people/${office.admin.id}`,
    `/admin/queues/${office.queue}`,
    `/admin/channels/${office.channel}`,
    `/admin/plans/${office.plan}`,
    '/nothing/is/here',
  ]
}

const nobody = '00000000-0000-7000-8000-000000000000'
const phone = { width: 390, height: 844 }

const nameOf = (path: string, office: Office) =>
  'page' + path.replace(nobody, 'gone').replace(office.admin.id, 'edit').replace(office.queue, 'edit').replace(/[/?=]+/g, '-')

async function everyPage(browser: Browser, office: Office, lang: 'en' | 'ko', name: string, options: Parameters<Browser['newContext']>[0]): Promise<void> {
  test.slow()
  const leo = await Agent.signsIn(browser, office.admin, lang, options)
  await expect(leo.page.locator('html')).toHaveAttribute('lang', lang)
  for (const path of pagesOf(office)) {
    await leo.page.goto(base() + path)
    await expect(leo.page.locator('main').first()).toBeVisible()
    await expect(leo.page.locator('h1').first()).toBeAttached()
    await look(leo.page, name + nameOf(path, office))
  }
  leo.noProblems()
}

for (const lang of ['en', 'ko'] as const) {
  const ko = lang === 'ko'
  for (const scheme of ['light', 'dark'] as const) {
    const look2 = (page: Page, name: string) => look(page, `${lang}-${scheme}-${name}`)
    const options = { colorScheme: scheme } as const

    test(`every page is accessible (${lang}, ${scheme})`, async ({ browser }) => {
      await everyPage(browser, await openOffice([], [], { lang }), lang, `${lang}-${scheme}-`, options)
    })

    test(`what opens over pages is accessible (${lang}, ${scheme})`, async ({ browser }) => {
      const office = await openOffice([], [], { lang })
      const leo = await Agent.signsIn(browser, office.admin, lang, options)
      const { page } = leo
      const over = async (name: string, open: () => Promise<void>, shown: Locator) => {
        await open()
        await expect(shown).toBeVisible()
        await look2(page, name)
        await page.keyboard.press('Escape')
        await expect(shown).toBeHidden()
      }
      await over('palette', () => page.keyboard.press('Control+k'), page.getByRole('dialog'))
      await over('help', () => page.locator('body').press('?'), page.getByRole('dialog'))
      await over('account', () => leo.at('account-menu').click(), leo.at('change-password'))
      await over('presence', () => leo.at('presence-switch').click(), leo.at('presence-available'))
      leo.noProblems()

      const stranger = await (await browser.newContext({ ...options, locale: ko ? 'ko-KR' : 'en-US' })).newPage()
      await stranger.goto(base())
      await expect(stranger.getByTestId('sign-in-email')).toBeVisible()
      await look2(stranger, 'sign-in')
      await stranger.getByTestId('sign-in-email').fill(`nobody-${office.queue}@e2e.test`)
      await stranger.getByTestId('sign-in-password').fill('not the password')
      await stranger.getByTestId('sign-in-submit').click()
      await expect(stranger.getByRole('alert')).toBeVisible()
      await look2(stranger, 'sign-in-wrong')
      await stranger.goto(base() + '/docs')
      await expect(stranger.getByRole('article').first()).toBeVisible()
      await look2(stranger, 'docs')
      await stranger.goto(`${base()}/demo/?lang=${lang}`)
      await expect(stranger.getByTestId('seax-launcher')).toBeVisible()
      await look2(stranger, 'shop')
    })

    test(`a conversation, its dialogs and the chat are accessible (${lang}, ${scheme})`, async ({ browser }) => {
      const office = await openOffice(['Ana'], [], { lang })
      const ana = await Agent.signsIn(browser, office.people[0]!, lang, options)
      await ana.presence('available')
      const customer = await Customer.arrives(browser, office.channel, lang, options)
      await look2(customer.page, 'chat-empty')
      await customer.say(ko ? '반품은 어떻게 하나요?' : 'How can I return an item?')
      await expect(customer.at('article')).toBeVisible()
      await customer.say(ko ? '상담사 연결해 주세요' : 'I want to talk to a person')
      await expect(ana.offer).toBeVisible()
      await look2(ana.page, 'offer')
      await ana.at('offer-reject-reasons').click()
      await expect(ana.page.getByRole('menuitem').first()).toBeVisible()
      await look2(ana.page, 'offer-reasons')
      await ana.page.keyboard.press('Escape')
      await ana.accepts()
      await ana.says(ko ? '안녕하세요, 무엇을 도와드릴까요?' : 'Hello! How can I help?')
      await customer.sees(ko ? '안녕하세요, 무엇을' : 'Hello! How can I help?')
      await customer.at('file').setInputFiles([
        { name: 'page.html', mimeType: 'text/html', buffer: Buffer.from('<script>alert(1)</script>') },
        { name: 'cup.png', mimeType: 'image/png', buffer: await customer.page.screenshot() },
      ])
      await expect(customer.at('notice')).toBeVisible()
      await look2(customer.page, 'chat-refused-file')
      await customer.say(ko ? '사진입니다' : 'A picture of it')
      await look2(customer.page, 'chat')
      await expect(ana.message(ko ? '사진입니다' : 'A picture').locator('img')).toBeVisible()
      await look2(ana.page, 'conversation')
      await ana.message(ko ? '사진입니다' : 'A picture').getByRole('button', { name: 'cup.png' }).click()
      await expect(ana.page.getByRole('dialog')).toBeVisible()
      await look2(ana.page, 'picture')
      await ana.page.keyboard.press('Escape')
      await ana.at('composer-input').fill('/')
      await expect(ana.at('canned-reply').first()).toBeVisible()
      await look2(ana.page, 'ready-made-replies')
      await ana.at('composer-input').fill('')
      await ana.at('composer-note').click()
      await look2(ana.page, 'note')
      await ana.at('composer-reply').click()
      await ana.at('transfer').first().click()
      await expect(ana.at('transfer-find')).toBeVisible()
      await look2(ana.page, 'transfer')
      await ana.page.keyboard.press('Escape')
      await ana.at('park').first().click()
      await expect(ana.at('park-submit')).toBeVisible()
      await look2(ana.page, 'park')
      await ana.page.keyboard.press('Escape')

      await customer.context.setOffline(true)
      await expect(customer.at('offline')).toBeVisible()
      await customer.at('input').fill(ko ? '연결이 없을 때' : 'written offline')
      await customer.at('input').press('Enter')
      await customer.sees(ko ? '연결이 없을 때' : 'written offline')
      await look2(customer.page, 'chat-offline')
      await customer.context.setOffline(false)
      await expect(customer.at('offline')).toBeHidden()

      const grace = await Agent.signsIn(browser, office.supervisor, lang, options)
      await grace.page.goto(`${base()}/supervisor/conversations?conversation=${ana.page.url().split('/').at(-1)}`)
      await expect(grace.at('inspector')).toBeVisible()
      await look2(grace.page, 'inspector')
      await grace.at('reassign').click()
      await expect(grace.at('assign-search')).toBeVisible()
      await look2(grace.page, 'reassign')
      await grace.page.keyboard.press('Escape')
      await grace.at('take-over').click()
      await expect(grace.at('reason')).toBeVisible()
      await look2(grace.page, 'take-over')

      await ana.at('wrap-up').first().click()
      await expect(ana.at('wrap-up-panel')).toBeVisible()
      await look2(ana.page, 'wrap-up')
      await ana.at('wrap-up-submit').click()
      await expect(customer.at('choice')).toHaveCount(5)
      await look2(customer.page, 'rating')
      ana.noProblems()
    })
  }
}

for (const [lang, scheme] of [['en', 'dark'], ['ko', 'light']] as const) {
  test(`every page fits on a phone (${lang}, ${scheme})`, async ({ browser }) => {
    await everyPage(browser, await openOffice([], [], { lang }), lang, `phone-${lang}-${scheme}-`, { colorScheme: scheme, viewport: phone })
  })

  test(`a phone shows one thing at a time (${lang}, ${scheme})`, async ({ browser }) => {
    const look2 = (page: Page, name: string) => look(page, `phone-${lang}-${scheme}-${name}`)
    const options = { colorScheme: scheme, viewport: phone } as const
    const office = await openOffice(['Ana'], [], { lang })
    const ana = await Agent.signsIn(browser, office.people[0]!, lang, options)
    await ana.presence('available')
    const customer = await Customer.arrives(browser, office.channel, lang, options)
    await customer.say(lang === 'ko' ? '상담사 연결해 주세요' : 'I want to talk to a person')
    const offer = ana.offer.or(ana.at('offer-row-accept')).first()
    await expect(offer).toBeVisible()
    await look2(ana.page, 'offer')
    await offer.click()
    await expect(ana.at('composer-input')).toBeVisible()
    await ana.says(lang === 'ko' ? '휴대전화에서 인사드립니다' : 'Hello from a phone')
    await customer.sees(lang === 'ko' ? '휴대전화에서' : 'Hello from a phone')
    await look2(customer.page, 'chat')
    await look2(ana.page, 'conversation')
    await ana.at('toggle-panel').click()
    await expect(ana.at('customer-panel')).toBeVisible()
    await look2(ana.page, 'customer')
    await ana.page.keyboard.press('Escape')
    await ana.at('owner-menu').click()
    await expect(ana.at('transfer')).toBeVisible()
    await look2(ana.page, 'owner-menu')
    await ana.at('wrap-up').click()
    await expect(ana.at('wrap-up-panel')).toBeVisible()
    await look2(ana.page, 'wrap-up')
    await ana.at('back').click()
    await expect(ana.at('conversation-row').first()).toBeVisible()
    await look2(ana.page, 'list')
    ana.noProblems()
  })
}
