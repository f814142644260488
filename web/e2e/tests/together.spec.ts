import { expect } from '@playwright/test'
import { Agent } from '../agent.ts'
import { openOffice } from '../office.ts'
import { test } from '../test.ts'
import { Customer } from '../widget.ts'

const words = {
  en: { person: 'I want to talk to a person', second: 'Second', colleague: 'Cho knows invoices.', between: 'Is it the March invoice?', reply: 'It is corrected now.', thanks: 'Thank you both!', leave: 'left' },
  ko: { person: '상담사 연결해 주세요', second: '두번째', colleague: '청구서는 Cho 님이 잘 압니다.', between: '3월 청구서인가요?', reply: '수정되었습니다.', thanks: '두 분 감사합니다!', leave: '나감' },
} as const

for (const lang of ['en', 'ko'] as const) {
  test(`a colleague joins, becomes the owner, the first one leaves (${lang})`, async ({ browser }) => {
    const say = words[lang]
    const office = await openOffice(['Ana'], ['Cho'], { lang })
    const [ana, cho] = await Promise.all([...office.people, ...office.others].map((p) => Agent.signsIn(browser, p, lang)))
    if (!ana || !cho) throw new Error('somebody is missing')
    const customer = await Customer.arrives(browser, office.channel, lang)
    await ana.presence('available')
    await customer.say(say.person)
    await ana.accepts()
    await ana.says(say.colleague)

    await test.step('who is asked to join sees that, and does', async () => {
      await ana.at('transfer').first().click()
      await ana.at('transfer-mode').getByText(lang === 'ko' ? '참여 요청' : 'Ask to join').click()
      await ana.at('transfer-find').fill(office.queue)
      await ana.at('transfer-target').filter({ hasText: say.second }).click()
      await ana.at('transfer-submit').click()
      await cho.presence('available')
      await expect(cho.offer).toBeVisible()
      await expect(cho.at('offer-card')).toContainText(lang === 'ko' ? '참여를 요청' : 'asks you to join')
      await cho.accepts()
      await expect(ana.at('together')).toContainText('Cho')
      await expect(cho.at('together')).toContainText('Ana')
    })

    await test.step('they talk among themselves, and both with the customer', async () => {
      // Whoever helps begins with notes.
      await expect(cho.at('composer')).toHaveAttribute('data-tab', 'note')
      await cho.at('composer-input').fill(say.between)
      await cho.at('composer-send').click()
      await expect(ana.at('note').filter({ hasText: say.between })).toBeVisible()
      await cho.at('composer-reply').click()
      await cho.says(say.reply)
      await customer.sees(say.reply)
      await ana.sees(say.reply)
      await customer.say(say.thanks)
      await Promise.all([ana.sees(say.thanks), cho.sees(say.thanks)])
      expect((await customer.transcript()).join()).not.toContain(say.between)
    })

    await test.step('the ownership moves, the first one leaves', async () => {
      await ana.at('pass').click()
      await expect(cho.at('wrap-up').first()).toBeVisible()
      await expect(ana.at('wrap-up')).toHaveCount(0)
      await ana.at('leave').click()
      await expect(ana.at('composer-input')).toBeHidden()
      await expect(cho.at('together')).toBeHidden()
      await expect(customer.at('status')).toContainText('Cho')
    })

    await test.step('more time to wrap up', async () => {
      await cho.at('wrap-up').first().click()
      await expect(cho.page.getByRole('timer')).toContainText(/1:[0-9]+|2:00/)
      await cho.at('wrap-up-extend').click()
      await expect(cho.page.getByRole('timer')).toContainText(/3:[0-9]+|4:00/)
      await cho.at('wrap-up-submit').click()
      await expect(cho.at('wrap-up-panel')).toBeHidden()
    })
    for (const agent of [ana, cho]) agent.noProblems()
  })
}

test('a customer is given back to the bot', async ({ browser }) => {
  const office = await openOffice(['Ana'], [], { autoAccept: true })
  const ana = await Agent.signsIn(browser, office.people[0]!)
  await ana.presence('available')
  const customer = await Customer.arrives(browser, office.channel)
  await customer.say('I want to talk to a person')
  await ana.at('conversation-row').first().click()
  await ana.says('The front desk asks you a few things.')
  await ana.at('transfer').first().click()
  await ana.at('transfer-find').fill('frontdesk')
  await ana.at('transfer-target').first().click()
  await ana.at('transfer-submit').click()
  await expect(customer.at('choice').first()).toBeVisible()
  await expect(ana.at('composer-input')).toBeHidden()
  ana.noProblems()
})

test('who waits may go, and is told when it is their turn', async ({ browser }) => {
  const office = await openOffice(['Ana'])
  const ana = await Agent.signsIn(browser, office.people[0]!)
  const customer = await Customer.arrives(browser, office.channel)
  await customer.say('I want to talk to a person')
  await customer.at('choice').filter({ hasText: 'Message me when it is my turn' }).click()
  await customer.sees('You keep your place in line.')
  const shop = customer.page.url()
  await customer.page.goto('about:blank')
  await ana.presence('available')
  await ana.accepts()
  await ana.says('Here I am.')
  // The chat was open, and is again.
  await customer.page.goto(shop)
  await customer.sees('It is your turn')
  await customer.sees('Here I am.')
  ana.noProblems()
})
