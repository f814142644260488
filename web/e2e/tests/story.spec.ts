import { expect } from '@playwright/test'
import { Agent } from '../agent.ts'
import { openOffice } from '../office.ts'
import { test } from '../test.ts'
import { Customer } from '../widget.ts'

const words = {
  en: {
    question: 'How can I return an item?',
    article: 'Returning or exchanging an item',
    person: 'I would like to talk to a person',
    connecting: /I am connecting you/,
    reason: 'Not my subject',
    hello: 'Hello, this is Ben. How can I help?',
    answer: 'My cup arrived in two pieces.',
    forward: 'My colleague knows about that.',
    second: 'Cho here. I look into it.',
    news: 'Is there any news?',
    solved: 'A new cup is on its way.',
    thanks: /Thank you/,
  },
  ko: {
    question: '반품은 어떻게 하나요?',
    article: '반품과 교환 방법',
    person: '상담사 연결해 주세요',
    connecting: /연결해 드리겠습니다/,
    reason: '담당 분야가 아님',
    hello: '안녕하세요, 상담사 Ben입니다.',
    answer: '찻잔이 두 동강 나서 왔어요.',
    forward: '담당자에게 전달해 드릴게요.',
    second: '담당자 Cho입니다. 확인해 보겠습니다.',
    news: '소식이 있나요?',
    solved: '새 찻잔을 보내 드렸습니다.',
    thanks: /감사합니다/,
  },
} as const

for (const lang of ['en', 'ko'] as const) {
  test(`from the first message to the rating (${lang})`, async ({ browser }) => {
    const say = words[lang]
    const office = await openOffice(['Ana', 'Ben'], ['Cho'], { lang })
    const [ana, ben, cho] = await Promise.all([...office.people, ...office.others].map((p) => Agent.signsIn(browser, p, lang)))
    if (!ana || !ben || !cho) throw new Error('somebody is missing')
    const customer = await Customer.arrives(browser, office.channel, lang)

    await test.step('the bot answers', async () => {
      await customer.say(say.question)
      await expect(customer.at('article').filter({ hasText: say.article })).toBeVisible()
    })

    await test.step('a person is asked for; the first agent passes it on, with a reason', async () => {
      await ana.presence('available')
      await customer.say(say.person)
      await customer.sees(say.connecting)
      await expect(ana.offer).toBeVisible()
      await ben.presence('available')
      await ana.at('offer-reject-reasons').click()
      await ana.page.getByRole('menuitem').first().click()
      await expect(ana.offer).toBeHidden()
    })

    await test.step('the next one accepts and sees what was said before', async () => {
      await expect(ben.offer).toBeVisible()
      await ben.accepts()
      await ben.sees(say.question)
      await expect(customer.at('status')).toContainText('Ben')
    })

    await test.step('both write; typing and read marks show', async () => {
      await ben.at('composer-input').pressSequentially(say.hello.slice(0, 6))
      await expect(customer.at('typing')).toBeVisible()
      await ben.says(say.hello)
      await customer.sees(say.hello)
      await expect(ben.message(say.hello)).toContainText(lang === 'ko' ? '읽음' : 'Read')
      await customer.at('input').pressSequentially(say.answer.slice(0, 4))
      await expect(ben.page.getByText(lang === 'ko' ? /입력/ : /is typing/).first()).toBeVisible()
      await customer.say(say.answer)
      await ben.sees(say.answer)
      await expect(customer.message(say.answer)).toHaveAttribute('data-state', 'read')
    })

    await test.step('a hand-over to another queue', async () => {
      await ben.says(say.forward)
      await ben.at('transfer').first().click()
      await ben.at('transfer-find').fill(office.queue)
      await ben.at('transfer-target').filter({ hasText: lang === 'ko' ? '두번째' : 'Second' }).click()
      await ben.at('transfer-note').fill('Broken cup')
      await ben.at('transfer-submit').click()
      await ben.phaseIs('assigned')
      await cho.presence('available')
      await expect(cho.offer).toBeVisible()
      await expect(cho.page.getByText('Broken cup').first()).toBeVisible()
      await cho.accepts()
      await cho.says(say.second)
      await customer.sees(say.second)
      await expect(customer.at('status')).toContainText('Cho')
    })

    await test.step('parked until the customer writes', async () => {
      await cho.at('park').first().click()
      await cho.page.locator('label', { has: cho.at('park-message') }).or(cho.at('park-message')).first().click()
      await cho.at('park-submit').click()
      await cho.phaseIs('parked')
      await customer.say(say.news)
      await expect(cho.offer).toBeVisible()
      await cho.accepts()
      await cho.sees(say.news)
      await cho.says(say.solved)
      await customer.sees(say.solved)
    })

    await test.step('wrap-up, with outcome and note', async () => {
      await cho.at('wrap-up').first().click()
      await expect(cho.at('wrap-up-panel')).toBeVisible()
      await cho.page.locator('label', { hasText: lang === 'ko' ? '해결' : 'Solved' }).click()
      await cho.at('wrap-up-note').fill('New cup sent')
      await cho.at('wrap-up-submit').click()
      await expect(cho.at('wrap-up-panel')).toBeHidden()
    })

    await test.step('the rating, and the end', async () => {
      const rating = customer.page.getByRole('group', { name: lang === 'ko' ? '1점에서 5점까지 선택하세요' : 'Rate from 1 to 5' })
      await rating.getByRole('button', { name: '5' }).click()
      await customer.sees(say.thanks)
      await expect(customer.at('status')).toContainText(lang === 'ko' ? '다시 시작' : 'start again')
    })

    await test.step('nothing is missing, nothing is there twice, in order', async () => {
      const told = await customer.transcript()
      const order = [say.question, say.person, say.hello, say.answer, say.forward, say.second, say.news, say.solved]
      expect(told.map((line) => line.replace(/^\w+: /, '')).filter((line) => (order as string[]).includes(line))).toEqual(order)
      await customer.page.reload()
      await expect(customer.at('message').first()).toBeVisible()
      await expect.poll(() => customer.transcript()).toEqual(told)
      const answer = await office.api.get('/api/v1/conversations?view=closed')
      const { items } = (await answer.json()) as { items: { channel: { id: string } }[] }
      const closed = items.find((c) => c.channel.id === office.channel)
      expect(closed).toMatchObject({ phase: 'closed', outcome: 'resolved', rating: 5 })
    })
    for (const agent of [ana, ben, cho]) agent.noProblems()
  })
}
