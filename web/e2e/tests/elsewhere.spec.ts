import { expect } from '@playwright/test'
import { Agent } from '../agent.ts'
import { base, openOffice } from '../office.ts'
import { test } from '../test.ts'
import { Customer } from '../widget.ts'

const words = {
  en: { person: 'I want to talk to a person', hello: 'Hello! You can write to me from home, too.', here: 'I am home now', reply: 'Welcome back.', moved: 'goes on here' },
  ko: { person: '상담사 연결해 주세요', hello: '안녕하세요! 집에서도 이어서 문의하실 수 있어요.', here: '집에 왔어요', reply: '다시 오셨네요.', moved: '이어갑니다' },
} as const

for (const lang of ['en', 'ko'] as const) {
  test(`a customer goes on with the conversation on another channel (${lang})`, async ({ browser }) => {
    const say = words[lang]
    const office = await openOffice(['Ana'], [], { lang })
    const elsewhere = `${office.channel}-e`
    const made = await office.api.post('/api/v1/channels', {
      data: { id: elsewhere, kind: 'webchat', name: `Help ${elsewhere}`, flow: 'assistant', queue: office.queue, enabled: true, settings: { page: `${base()}/demo/?channel=${elsewhere}&lang=${lang}` } },
    })
    expect(made.status(), await made.text()).toBe(201)
    const ana = await Agent.signsIn(browser, office.people[0]!, lang)
    await ana.presence('available')
    const customer = await Customer.arrives(browser, office.channel, lang)
    await customer.say(say.person)
    await ana.accepts()
    await ana.says(say.hello)

    await ana.at('continue').click()
    await ana.at(`continue-on-${elsewhere}`).check()
    await expect(ana.at('continue-text')).toHaveValue(/#seax=/)
    await ana.at('continue-send').click()
    await customer.sees('#seax=')
    const link = (await customer.message('#seax=').textContent())?.match(/https?:[!-~]+/)?.[0]
    expect(link).toBeTruthy()

    // Another browser: nothing but the link says who they are.
    const home = await (await browser.newContext({ locale: lang === 'ko' ? 'ko-KR' : 'en-US' })).newPage()
    await home.goto(link!)
    await expect(home.getByTestId('seax-input')).toHaveValue(/[0-9A-Z]{5}-[0-9A-Z]{5}/)
    expect(home.url()).not.toContain('#seax')
    await home.getByTestId('seax-input').press('Enter')
    await expect(ana.at('status').filter({ hasText: say.moved })).toBeVisible()
    await home.getByTestId('seax-input').fill(say.here)
    await home.getByTestId('seax-input').press('Enter')
    await ana.sees(say.here)
    await ana.phaseIs('assigned')
    await ana.says(say.reply)
    await expect(home.getByTestId('seax-message').filter({ hasText: say.reply })).toBeVisible()
    expect((await customer.transcript()).join()).not.toContain(say.reply)
    ana.noProblems()
  })
}
