import { expect } from '@playwright/test'
import { Agent } from '../agent.ts'
import { look } from '../look.ts'
import { openOffice, type Office } from '../office.ts'
import { test } from '../test.ts'
import { Customer } from '../widget.ts'

let office: Office
test.beforeAll(async () => {
  office = await openOffice(['Ana'], [], { autoAccept: true })
})

test('a reload and a second tab show the same talk', async ({ browser }) => {
  const customer = await Customer.arrives(browser, office.channel)
  await customer.say('How long does delivery take?')
  await expect(customer.at('article')).toBeVisible()
  const told = await customer.transcript()
  await customer.page.reload()
  await expect.poll(() => customer.transcript()).toEqual(told)
  const second = await customer.context.newPage()
  await customer.visit(office.channel, 'en', second)
  await expect.poll(() => customer.transcript(second)).toEqual(told)
  await customer.say('And to Korea?')
  await expect(second.getByTestId('seax-message').filter({ hasText: 'And to Korea?' })).toHaveCount(1)
})

test('what is written without a connection is kept, over a reload too, and sent once', async ({ browser }) => {
  const customer = await Customer.arrives(browser, office.channel)
  await customer.say('hello there')
  await customer.context.setOffline(true)
  await expect(customer.at('offline')).toBeVisible()
  for (const text of ['written offline one', 'written offline two']) {
    await customer.at('input').fill(text)
    await customer.at('input').press('Enter')
    await expect(customer.message(text)).toHaveAttribute('data-state', 'sending')
  }
  await customer.context.setOffline(false)
  await expect(customer.at('offline')).toBeHidden()
  for (const text of ['written offline one', 'written offline two']) {
    await expect(customer.message(text)).toHaveAttribute('data-state', /sent|read/)
    await expect(customer.message(text)).toHaveCount(1)
  }
  await customer.page.reload()
  await expect(customer.message('written offline two')).toHaveCount(1)
  const told = await customer.transcript()
  expect(told.indexOf('customer: written offline one')).toBeLessThan(told.indexOf('customer: written offline two'))
})

test('HTML is text, files arrive on both sides, dangerous ones are refused; what comes to a closed chat is counted', async ({ browser }) => {
  const customer = await Customer.arrives(browser, office.channel)
  const ana = await Agent.signsIn(browser, office.people[0]!)
  await ana.presence('available')
  const nasty = `<img src=x onerror="document.title='broken'"><script>document.title='broken'</script>' or 1=1; --`
  await customer.say(nasty)
  await customer.say('I want to talk to a person')
  await expect(ana.at('conversation-row').first()).toBeVisible()
  await ana.at('conversation-row').first().click()
  await ana.sees(nasty)
  await customer.at('file').setInputFiles([
    { name: 'page.html', mimeType: 'text/html', buffer: Buffer.from('<script>alert(1)</script>') },
    { name: 'cup.png', mimeType: 'image/png', buffer: await customer.page.screenshot() },
  ])
  await expect(customer.at('notice')).toContainText('page.html')
  await customer.say('A picture of it')
  await expect(customer.at('attachment').locator('img')).toBeVisible()
  await expect(ana.message('A picture of it').locator('img').first()).toBeVisible()
  await ana.page.locator('input[type=file]').first().setInputFiles({ name: 'label.txt', mimeType: 'text/plain', buffer: Buffer.from('Return label') })
  await ana.says('Please print this.')
  await expect(customer.at('attachment').filter({ hasText: 'label.txt' })).toBeVisible()
  await customer.at('close').click()
  await ana.says('And send it back.')
  await expect(customer.at('unread')).toHaveText('1')
  await customer.at('launcher').click()
  await expect(customer.at('unread')).toBeHidden()
  await expect(ana.message('And send it back.')).toContainText('Read')
  for (const page of [customer.page, ana.page]) expect(await page.title()).not.toContain('broken')
  ana.noProblems()
  await ana.presence('offline')
})

test('on a phone it fills the screen and closes again', async ({ browser }) => {
  const customer = await Customer.arrives(browser, office.channel, 'ko', { viewport: { width: 390, height: 844 } })
  await expect.poll(async () => Object.values((await customer.at('panel').boundingBox()) ?? {}).map(Math.round)).toEqual([0, 0, 390, 844])
  await customer.say('반품하고 싶어요')
  await customer.at('close').click()
  await expect(customer.at('panel')).toBeHidden()
  await expect(customer.at('launcher')).toBeFocused()
  // The page's own language and the keys of a screen reader's user.
  await customer.page.keyboard.press('Enter')
  await expect(customer.at('input')).toBeFocused()
  await customer.page.keyboard.press('Escape')
  await expect(customer.at('panel')).toBeHidden()
})

test('the front desk asks, and routes by the answers', async ({ browser }) => {
  const customer = await Customer.arrives(browser, 'frontdesk-demo')
  await customer.say('Hello')
  await expect(customer.at('choice').first()).toBeVisible()
  await customer.at('choice').filter({ hasText: 'English' }).click()
  await expect(customer.at('choice').filter({ hasText: 'English' })).toBeHidden()
  await customer.at('choice').first().click()
  await expect(customer.at('message').and(customer.page.locator('[data-from=bot]')).nth(2)).toBeVisible()
})

for (const lang of ['en', 'ko'] as const) {
  test(`whose last words cross with the question for a rating may still give one (${lang})`, async ({ browser }) => {
    const say = { en: { person: 'I want to talk to a person', hello: 'Here I am.', thanks: 'Thank you!', rated: 'Thank you for your rating.' }, ko: { person: '상담사 연결해 주세요', hello: '안녕하세요.', thanks: '감사합니다', rated: '평가해 주셔서 감사합니다.' } }[lang]
    const office = await openOffice(['Ana'], [], { lang })
    const ana = await Agent.signsIn(browser, office.people[0]!, lang)
    const customer = await Customer.arrives(browser, office.channel, lang)
    await ana.presence('available')
    await customer.say(say.person)
    await ana.accepts()
    await ana.says(say.hello)
    await customer.sees(say.hello)
    await ana.at('wrap-up').first().click()
    await ana.at('wrap-up-submit').click()
    const rating = customer.page.getByRole('group', { name: lang === 'ko' ? '1점에서 5점까지 선택하세요' : 'Rate from 1 to 5' })
    await expect(rating).toBeVisible()
    const before = (await customer.transcript()).length
    await customer.say(say.thanks)
    // The bot has answered that.
    await expect.poll(async () => (await customer.transcript()).length).toBe(before + 2)
    await look(customer.page, `rating-crossed-${lang}`)
    await rating.getByRole('button', { name: '4' }).click()
    await customer.sees(say.rated)
    await expect(rating).toBeHidden()
    const answer = await office.api.get('/api/v1/conversations?view=bot')
    const { items } = (await answer.json()) as { items: { channel: { id: string } }[] }
    expect(items.find((c) => c.channel.id === office.channel)).toMatchObject({ phase: 'flow', rating: 4 })
    ana.noProblems()
  })
}
