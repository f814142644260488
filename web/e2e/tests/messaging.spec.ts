import { expect } from '@playwright/test'
import { Agent } from '../agent.ts'
import { Lab, newPhone, openChannel } from '../lab.ts'
import { look } from '../look.ts'
import { base, openOffice, type Office } from '../office.ts'
import { Shopper } from '../shoppers.ts'
import { System } from '../system.ts'
import { test } from '../test.ts'
import { Customer } from '../widget.ts'

const words = {
  en: {
    person: 'I want to talk to a person',
    question: 'Is the blue lamp in stock?',
    answer: 'Yes, we have three of them.',
    again: 'And it is on sale.',
    ad: 'Came by an advertisement',
    link: 'Came by a link',
    ref: 'Reference: spring-sale',
    first: 'See you tomorow',
    fixed: 'See you tomorrow',
    deleted: 'Message taken back',
    neverTemplates: 'one of the approved templates',
    template: 'Hello Haneul, your order B-7 is on its way.',
    gsm: 'Your parcel is here.',
    sms: (n: number, left: number) => `${n} SMS · ${left} left`,
    cannotSend: 'tool.exe cannot be sent on this channel',
    notAccepted: 'Not accepted: files of this kind are not safe to open',
    paused: 'An admin has paused the channel',
    waits: 'Waits for the channel',
    editName: 'Change name',
    save: 'Save',
    name: 'Name',
    sameName: 'Same name',
    verified: 'Verified',
  },
  ko: {
    person: '상담사 연결해 주세요',
    question: '파란 램프 재고가 있나요?',
    answer: '네, 세 개 남아 있습니다.',
    again: '지금 할인 중입니다.',
    ad: '광고를 통해 유입',
    link: '링크를 통해 유입',
    ref: '참조: spring-sale',
    first: '네일 뵙겠습니다',
    fixed: '내일 뵙겠습니다',
    deleted: '회수된 메시지',
    neverTemplates: '승인된 템플릿',
    template: 'Haneul 고객님, 주문 B-7 상품이 배송 중입니다.',
    gsm: 'Your parcel is here.',
    sms: (n: number, left: number) => `SMS ${n}건 · ${left}자 남음`,
    cannotSend: 'tool.exe 파일은 이 채널로 보낼 수 없습니다',
    notAccepted: '받을 수 없음: 안전하게 열 수 없는 형식의 파일입니다',
    paused: '관리자가 채널을 일시 중지했습니다',
    waits: '채널을 기다리는 중',
    editName: '이름 변경',
    save: '저장',
    name: '이름',
    sameName: '이름이 같음',
    verified: '확인됨',
  },
} as const

/** Switches a channel's pause, as an admin. */
async function pause(office: Office, channel: string, paused: boolean): Promise<void> {
  const { items } = (await (await office.api.get('/api/v1/channels')).json()) as { items: Record<string, unknown>[] }
  const { id, kind, name, flow, queue, enabled, settings, version } = items.find((one) => one['id'] === channel)!
  const answer = await office.api.put(`/api/v1/channels/${channel}`, { data: { id, kind, name, flow, queue, enabled, settings, version, paused } })
  expect(answer.status(), await answer.text()).toBe(200)
}

for (const lang of ['en', 'ko'] as const) {
  const say = words[lang]
  const scheme = lang === 'en' ? 'light' : 'dark'

  test(`where a customer came from is told (${lang})`, async ({ browser }) => {
    const office = await openOffice(['Ana'], [], { lang, autoAccept: true })
    const [whatsapp, telegram] = [await openChannel(office, 'whatsapp'), await openChannel(office, 'telegram')]
    const lab = await Lab.opens(browser, lang, 'Haneul Seo', newPhone())
    const ana = await Agent.signsIn(browser, office.people[0]!, lang, { colorScheme: scheme })
    const { page } = ana
    await ana.presence('available')
    await test.step('an advertisement', async () => {
      await lab.act(whatsapp, { type: 'message', text: say.person, referral: { source_type: 'ad', source_id: '120', source_url: 'https://fb.me/spring', headline: 'Spring sale', body: 'All lamps 20% off' } })
      await page.getByTestId('conversation-row').first().click()
      const referral = ana.message(say.person).getByTestId('referral')
      await expect(referral).toContainText(say.ad)
      await expect(referral).toContainText('Spring sale')
      await expect(referral.getByRole('link')).toHaveAttribute('href', 'https://fb.me/spring')
      await expect(referral.getByRole('link')).toHaveAttribute('rel', /noopener noreferrer/)
      await expect(ana.at('customer-panel').getByTestId('referral')).toContainText('Spring sale')
      await look(page, `messaging-${lang}-referral`)
    })

    await test.step('a link, before anything is said', async () => {
      await lab.act(telegram, { type: 'message', text: '/start spring-sale' })
      await lab.phone(telegram).say(say.person)
      await expect(page.getByTestId('conversation-row')).toHaveCount(2)
      await page.getByTestId('conversation-row').and(page.locator(':not([aria-current])')).click()
      await expect(ana.at('customer-panel').getByTestId('referral')).toContainText(say.ref)
      const only = ana.at('message').first()
      await expect(only).toContainText(say.link)
      await expect(only).toContainText(say.ref)
      await look(page, `messaging-${lang}-link`)
    })
    ana.noProblems()
  })

  test(`a certain message is answered (${lang})`, async ({ browser }) => {
    test.slow()
    const office = await openOffice(['Ana'], [], { lang, autoAccept: true })
    const [whatsapp, telegram, messenger] = [await openChannel(office, 'whatsapp'), await openChannel(office, 'telegram'), await openChannel(office, 'messenger')]
    const lab = await Lab.opens(browser, lang, 'Haneul Seo', newPhone())
    const ana = await Agent.signsIn(browser, office.people[0]!, lang, { colorScheme: scheme })
    const { page } = ana
    await ana.presence('available')

    const answers = async (question: string, answer: string) => {
      const asked = ana.message(question).first()
      await asked.hover()
      await asked.getByTestId('message-menu').click()
      await ana.at('answer-message').click()
      await expect(ana.at('composer-answering')).toContainText(question)
      await expect(ana.at('composer-input')).toBeFocused()
      await page.keyboard.press('Escape')
      await expect(ana.at('composer-answering')).toBeHidden()
      await asked.hover()
      await asked.getByTestId('message-menu').click()
      await ana.at('answer-message').click()
      await ana.at('composer-input').fill(answer)
      await expect(ana.at('composer-answering')).toBeVisible()
      if (question.endsWith('whatsapp')) await look(page, `messaging-${lang}-answering`)
      await ana.at('composer-send').click()
      await expect(ana.message(answer).getByTestId('quote')).toContainText(question)
      await expect(ana.at('composer-answering')).toBeHidden()
    }

    for (const [kind, channel, provider, field] of [
      ['whatsapp', whatsapp, 'Meta', '"context"'],
      ['telegram', telegram, 'Telegram', '"reply_parameters"'],
      ['messenger', messenger, 'Meta', '"reply_to"'],
    ] as const) {
      await test.step(kind, async () => {
        await lab.phone(channel).say(say.person)
        const question = `${say.question} ${kind}`
        await lab.phone(channel).say(question)
        await expect(ana.page.getByTestId('conversation-row').filter({ hasText: question })).toBeVisible()
        await ana.page.getByTestId('conversation-row').filter({ hasText: question }).click()
        await ana.sees(question)
        await answers(question, `${say.answer} ${kind}`)
        await lab.phone(channel).sees(`${say.answer} ${kind}`)
        await expect.poll(async () => (await lab.asked(provider)).find((body) => body.includes(`${say.answer} ${kind}`))).toContain(field)
        await ana.says(`${say.again} ${kind}`)
        await expect(ana.message(`${say.again} ${kind}`).getByTestId('quote')).toHaveCount(0)
      })
    }

    await test.step('webchat, where the customer sees it', async () => {
      const customer = await Customer.arrives(browser, office.channel, lang)
      await customer.say(say.person)
      await customer.say(`${say.question} webchat`)
      await ana.page.getByTestId('conversation-row').filter({ hasText: `${say.question} webchat` }).click()
      await ana.sees(`${say.question} webchat`)
      await answers(`${say.question} webchat`, `${say.answer} webchat`)
      await customer.sees(`${say.answer} webchat`)
      await expect(customer.message(`${say.answer} webchat`).getByTestId('seax-quote')).toContainText(`${say.question} webchat`)
      await look(customer.page, `messaging-${lang}-widget`)
      await look(page, `messaging-${lang}-answered`)
    })
    ana.noProblems()
  })

  test(`the list follows what is edited and taken back (${lang})`, async ({ browser }) => {
    const office = await openOffice(['Ana'], [], { lang, autoAccept: true })
    const system = await System.behind(office, `${office.channel}-p`, {})
    const mina = `mina-${office.channel}`
    const ana = await Agent.signsIn(browser, office.people[0]!, lang, { colorScheme: scheme })
    await ana.presence('available')
    await system.says(mina, say.person)
    const row = ana.page.getByTestId('conversation-row').first()
    await row.click()
    await ana.phaseIs('assigned')
    const last = await system.says(mina, say.first)
    await expect(row).toContainText(say.first)
    await system.post({ type: 'message.edited', external_id: last, message: { parts: [{ type: 'text', text: say.fixed }] } }, mina)
    await expect(row).toContainText(say.fixed)
    await system.post({ type: 'message.deleted', external_id: last }, mina)
    await expect(row).toContainText(say.deleted)
    await look(ana.page, `messaging-${lang}-deleted`)
    ana.noProblems()
    system.close()
  })

  test(`outside the reply window a template is sent (${lang})`, async ({ browser }) => {
    const office = await openOffice(['Ana'], [], { lang })
    // Whose business has templates.
    const whatsapp = await openChannel(office, 'whatsapp', { business_account_id: '102290129340398' })
    const phone = newPhone()
    const lab = await Lab.opens(browser, lang, 'Haneul Seo', phone)
    const ana = await Agent.signsIn(browser, office.people[0]!, lang, { colorScheme: scheme })
    const pick = async (order: string) => {
      await ana.at('template').filter({ hasText: lang }).first().click()
      await ana.at('template-variable-1').fill('Haneul')
      await ana.at('template-variable-2').fill(order)
      await expect(ana.at('template-preview')).toHaveText(say.template.replace('B-7', order))
    }
    await ana.page.goto(base() + '/contacts')
    await ana.at('start').first().click()
    await ana.at(`start-on-${whatsapp}`).check()
    await ana.at('start-to').fill(phone)
    await pick('B-6')
    await ana.at('start-send').click()
    await ana.phaseIs('assigned')
    await ana.sees(say.template.replace('B-7', 'B-6'))

    await expect(ana.at('window-closed')).toContainText(say.neverTemplates)
    await expect(ana.at('composer-input')).toBeHidden()
    await look(ana.page, `messaging-${lang}-shut`)
    await ana.at('composer-template').click()
    await pick('B-7')
    await look(ana.page, `messaging-${lang}-template`)
    await ana.at('template-send').click()
    await ana.sees(say.template)
    await lab.phone(whatsapp).sees(say.template)
    await lab.phone(whatsapp).say(say.question)
    await ana.sees(say.question)
    await expect(ana.at('composer-input')).toBeVisible()
    await ana.says(say.answer)
    await lab.phone(whatsapp).sees(say.answer)
    ana.noProblems()
  })

  test(`text messages are counted, files are refused with a reason, a pause is told (${lang})`, async ({ browser }) => {
    test.slow()
    const office = await openOffice(['Ana'], [], { lang, autoAccept: true })
    const [sms, whatsapp] = [await openChannel(office, 'sms'), await openChannel(office, 'whatsapp')]
    const lab = await Lab.opens(browser, lang, 'Haneul Seo', newPhone())
    const ana = await Agent.signsIn(browser, office.people[0]!, lang, { colorScheme: scheme })
    const { page } = ana
    await ana.presence('available')

    await test.step('segments', async () => {
      await lab.phone(sms).say(say.person)
      await page.getByTestId('conversation-row').first().click()
      const counted = async (text: string, n: number, left: number) => {
        await ana.at('composer-input').fill(text)
        await expect(ana.at('composer-counter')).toHaveText(say.sms(n, left))
      }
      await counted(say.gsm, 1, 160 - say.gsm.length)
      // What GSM-7 writes with two characters.
      await counted('10 €', 1, 155)
      await counted('a'.repeat(161), 2, 145)
      await counted('안녕하세요', 1, 65)
      await look(page, `messaging-${lang}-sms`)
      await counted('가'.repeat(71), 2, 63)
      await ana.at('composer-input').fill('')
    })

    await test.step('a pause', async () => {
      await pause(office, sms, true)
      await expect(ana.at('channel-paused')).toContainText(say.paused, { timeout: 60_000 })
      await ana.says(say.answer)
      await expect(ana.message(say.answer)).toContainText(say.waits)
      await look(page, `messaging-${lang}-paused`)
      await pause(office, sms, false)
      await expect(ana.at('channel-paused')).toBeHidden({ timeout: 60_000 })
      await expect(lab.phone(sms).theirs(say.answer)).toBeVisible({ timeout: 90_000 })
    })

    await test.step('files', async () => {
      await lab.phone(whatsapp).say(`${say.person} (WhatsApp)`)
      await page.getByTestId('conversation-row').and(page.locator(':not([aria-current])')).click()
      await ana.sees('(WhatsApp)')
      await expect(ana.at('composer-input')).toBeVisible()
      await page.locator('input[type=file]').first().setInputFiles({ name: 'tool.exe', mimeType: 'application/x-msdownload', buffer: Buffer.from('MZ') })
      await expect(page.getByText(say.cannotSend)).toBeVisible()
      await look(page, `messaging-${lang}-cannot`)
      await lab.phone(whatsapp).send('tool.exe', 'application/x-msdownload', Buffer.concat([Buffer.from('MZ\x90\x00', 'latin1'), Buffer.alloc(200)]))
      await expect(ana.at('message').filter({ hasText: say.notAccepted })).toBeVisible({ timeout: 60_000 })
      await look(page, `messaging-${lang}-refused`)
    })
    ana.noProblems()
  })

  test(`by SMS, by LINE and by web chat one becomes one customer, by clicks (${lang})`, async ({ browser }) => {
    const office = await openOffice(['Ana'], [], { lang })
    const [sms, line] = [await openChannel(office, 'sms'), await openChannel(office, 'line')]
    const phone = newPhone()
    const name = `Haneul ${office.channel}`
    const lab = await Lab.opens(browser, lang, name, phone)
    const ana = await Agent.signsIn(browser, office.people[0]!, lang, { colorScheme: scheme })
    await ana.presence('available')
    const panel = ana.at('customer-panel')

    await test.step('by text message; the agent asks for the name', async () => {
      await lab.phone(sms).say(say.person)
      await ana.accepts()
      await panel.getByRole('button', { name: say.editName }).click()
      await panel.getByRole('textbox', { name: say.name }).fill(name)
      await panel.getByRole('button', { name: say.save }).click()
      await expect(panel.getByRole('heading', { name })).toBeVisible()
    })

    await test.step('by LINE, where the name is the same: it is suggested, and merged', async () => {
      await lab.phone(line).say(`${say.person} (LINE)`)
      await ana.accepts()
      await ana.sees('(LINE)')
      await expect(panel).toContainText(say.sameName, { timeout: 60_000 })
      await look(ana.page, `messaging-${lang}-suggestion`)
      await panel.getByTestId('merge').click()
      await ana.at('confirm').click()
      await expect(panel.getByTestId('undo-merge')).toBeVisible()
      await expect(panel).toContainText(say.verified)
    })

    await test.step('by web chat, where the shop vouches for the number', async () => {
      const shopper = await Shopper.arrives(office.channel, name, `haneul-${phone.slice(5)}@kim.example`, lang, phone)
      await shopper.say(say.question)
      await shopper.say(say.person)
      await ana.accepts()
      await ana.sees(say.question)
    })

    await test.step('one contact, with all of it', async () => {
      await expect(panel.getByTestId('earlier')).toHaveCount(2)
      await expect(panel).toContainText('@kim.example')
      await expect(panel.getByTestId('earlier').filter({ hasText: 'LINE' })).toHaveCount(1)
      await look(ana.page, `messaging-${lang}-one`)
      await panel.getByTestId('earlier').filter({ hasText: 'LINE' }).click()
      await ana.sees('(LINE)')
      await expect(panel.getByTestId('earlier')).toHaveCount(2)
    })
    ana.noProblems()
  })
}
