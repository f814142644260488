import { expect } from '@playwright/test'
import { Agent } from '../agent.ts'
import { look } from '../look.ts'
import { base, openOffice } from '../office.ts'
import { System } from '../system.ts'
import { test } from '../test.ts'

const words = {
  en: {
    first: 'Your order is at the shop.',
    long: 'We keep it for seven days. Bring the number that is in the letter, please. We are open until eight in the evening, every day.',
    choose: 'When will you come?',
    options: ['Today', 'Tomorrow'],
    typo: 'See you tomorow',
    fixed: 'See you tomorrow',
    person: 'I want to talk to a person',
    chosen: 'Chosen reply',
    edited: 'Edited',
    deleted: 'Message taken back',
    refused: 'The queue there is full.',
    split: 'Goes out as 3 messages',
    open: 'You can write freely for',
    shut: 'they have to write first',
    started: 'started the conversation',
  },
  ko: {
    first: '주문하신 상품이 매장에 도착했습니다.',
    long: '상품은 칠 일 동안 보관해 드립니다. 안내문에 적힌 번호를 꼭 가져와 주세요. 저희 매장은 매일 저녁 여덟 시까지 열려 있으니 편하실 때 들러 주세요. 기다리겠습니다.',
    choose: '언제 오시겠어요?',
    options: ['오늘', '내일'],
    typo: '네일 뵙겠습니다',
    fixed: '내일 뵙겠습니다',
    person: '상담사 연결해 주세요',
    chosen: '선택한 답변',
    edited: '수정됨',
    deleted: '회수된 메시지',
    refused: '그쪽 대기열이 가득 찼습니다.',
    split: '메시지',
    open: '동안 자유롭게 답변할 수 있습니다',
    shut: '고객이 먼저 메시지를 보내야 합니다',
    started: '대화를 시작함',
  },
} as const

for (const lang of ['en', 'ko'] as const) {
  const scheme = lang === 'en' ? 'light' : 'dark'

  test(`an agent writes first, and the composer goes by the channel (${lang})`, async ({ browser }) => {
    test.slow()
    const say = words[lang]
    const office = await openOffice(['Ana', 'Tom'], [], { lang })
    const system = await System.behind(office, `${office.channel}-c`, {
      max_text: '60', max_buttons: '3', reactions: 'true', edits: 'true', deletes: 'true', can_start: 'true', delivery_receipts: 'true',
    })
    const mina = `mina-${office.channel}`
    const ana = await Agent.signsIn(browser, office.people[0]!, lang, { colorScheme: scheme })
    const { page } = ana

    await page.goto(base() + '/contacts')
    await ana.at('start').first().click()
    await ana.at(`start-on-${system.channel}`).check()
    await ana.at('start-to').fill(mina)
    await ana.at('start-text').fill(say.first)
    await look(page, `channels-${lang}-start`)
    await ana.at('start-send').click()
    await ana.phaseIs('assigned')
    await ana.sees(say.first)
    await expect(ana.at('status').filter({ hasText: say.started })).toBeVisible()
    const [first] = await system.gets('message.send', 1)
    expect(first?.message?.thread.key).toBe(mina)
    const conversation = page.url()

    // A long text is shown as it will be divided, and goes out like that.
    await ana.at('composer-input').fill(say.long)
    const split = ana.at('composer-split')
    await expect(split).toContainText(say.split)
    await split.getByRole('button').click()
    const parts = await ana.at('composer-part').allInnerTexts()
    expect(parts.length).toBeGreaterThan(1)
    await look(page, `channels-${lang}-split`)
    await ana.at('composer-send').click()
    await system.gets('message.send', 1 + parts.length)
    const sent = system.texts().slice(1)
    expect(sent.every((text) => Array.from(text).length <= 60)).toBe(true)
    expect(sent.join(' ')).toBe(say.long)
    parts.forEach((part, index) => expect(part).toContain(sent[index]))

    // Replies to choose from by a tap.
    await ana.at('composer-add-options').click()
    await ana.at('composer-input').fill(say.choose)
    await ana.at('composer-option-1').fill(say.options[0])
    await ana.at('composer-option-2').fill(say.options[1])
    await look(page, `channels-${lang}-options`)
    await ana.at('composer-send').click()
    await ana.sees(say.choose)
    await expect.poll(() => system.posted.at(-1)?.message?.parts.find((part) => part.type === 'choices')?.options?.map((one) => one.label)).toEqual([...say.options])
    const tapped = system.posted.at(-1)?.message?.parts.find((part) => part.type === 'choices')?.options?.[1]
    await system.post({ type: 'message.received', message: { external_id: `${system.channel}-tap`, parts: [{ type: 'choice', id: tapped?.id, title: tapped?.label }] } }, mina)
    await ana.sees(say.options[1])

    // Edited, reacted to and taken back, by both.
    await ana.says(say.typo)
    const typo = ana.message(say.typo)
    await expect(typo.getByTestId('message-menu')).toBeAttached()
    await typo.getByTestId('message-menu').click()
    await look(page, `channels-${lang}-menu`)
    await ana.at('edit-message').click()
    await ana.at('edit-text').fill(say.fixed)
    await ana.at('edit-save').click()
    const fixed = ana.message(say.fixed)
    await expect(fixed).toContainText(say.edited)
    expect((await system.gets('message.edit', 1))[0]?.text).toBe(say.fixed)
    const target = (await system.gets('message.edit', 1))[0]?.target?.external_id
    await system.post({ type: 'reaction', external_id: target, emoji: '❤️' }, mina)
    await expect(fixed.getByTestId('reactions')).toContainText('❤️')
    await fixed.getByTestId('message-menu').click()
    await ana.at('react-👍').click()
    await expect(fixed.getByTestId('reactions')).toContainText('👍')
    await look(page, `channels-${lang}-reactions`)
    await fixed.getByTestId('message-menu').click()
    await ana.at('delete-message').click()
    await ana.at('confirm').click()
    await expect(ana.message(say.deleted)).toHaveCount(1)
    await expect(ana.message(say.fixed)).toHaveCount(0)
    await system.gets('message.delete', 1)
    const theirs = await system.says(mina, say.typo)
    await ana.sees(say.typo)
    await system.post({ type: 'message.edited', external_id: theirs, message: { parts: [{ type: 'text', text: say.fixed }] } }, mina)
    await ana.sees(say.fixed)
    await system.post({ type: 'message.deleted', external_id: theirs }, mina)
    await expect(ana.message(say.deleted)).toHaveCount(2)

    // What was refused says why, and goes again by a click.
    system.refusals.push({ status: 422, code: 'invalid', detail: say.refused })
    await ana.says(say.options[0] + '!')
    const failed = ana.message(say.options[0] + '!')
    await expect(failed.getByTestId('retry-message')).toBeVisible()
    await expect(failed).toContainText(say.refused)
    await look(page, `channels-${lang}-failed`)
    await failed.getByTestId('retry-message').click()
    await expect(failed.getByTestId('retry-message')).toBeHidden()
    await expect.poll(() => system.texts().at(-1)).toBe(say.options[0] + '!')

    // Who has an open conversation is gone on with there.
    const tom = await Agent.signsIn(browser, office.people[1]!, lang, { colorScheme: scheme })
    await tom.page.goto(base() + '/contacts')
    await tom.at('start').first().click()
    await tom.at(`start-on-${system.channel}`).check()
    await tom.at('start-to').fill(mina)
    await tom.at('start-text').fill(say.first)
    await tom.at('start-send').click()
    await expect(tom.at('start-refused')).toContainText(office.people[0]!.name)
    await look(tom.page, `channels-${lang}-refused`)
    await tom.at('start-go').click()
    await expect(tom.page).toHaveURL(conversation)
    await expect(tom.at('read-only')).toBeVisible()

    // While the provider is down messages wait, which is said once.
    system.down = true
    await ana.says(say.first + '?')
    await expect(ana.at('channel-outage')).toBeVisible({ timeout: 90_000 })
    await look(page, `channels-${lang}-outage`)
    await page.setViewportSize({ width: 390, height: 844 })
    await look(page, `channels-${lang}-phone`)
    system.down = false
    await expect.poll(() => system.texts().at(-1), { timeout: 120_000 }).toBe(say.first + '?')
    await expect(ana.at('channel-outage')).toBeHidden({ timeout: 60_000 })
    ana.noProblems()
    system.close()
  })

  test(`the reply window is counted down, and closes (${lang})`, async ({ browser }) => {
    test.slow()
    const say = words[lang]
    const office = await openOffice(['Ana'], [], { lang, autoAccept: true })
    // 108 seconds.
    const system = await System.behind(office, `${office.channel}-w`, { window_hours: '0.03' })
    const jun = `jun-${office.channel}`
    const ana = await Agent.signsIn(browser, office.people[0]!, lang, { colorScheme: scheme })
    await ana.presence('available')
    await system.says(jun, say.person)
    await ana.page.getByTestId('conversation-row').first().click()
    await expect(ana.at('reply-window')).toContainText(say.open)
    await look(ana.page, `channels-${lang}-window`)
    await expect(ana.at('window-closed')).toContainText(say.shut, { timeout: 150_000 })
    await expect(ana.at('composer-input')).toBeHidden()
    await look(ana.page, `channels-${lang}-closed`)
    await ana.at('composer-note').click()
    await expect(ana.at('composer-input')).toBeVisible()
    await ana.at('composer-reply').click()
    await system.says(jun, say.person)
    await expect(ana.at('composer-input')).toBeVisible()
    ana.noProblems()
    system.close()
  })
}
