import { expect } from '@playwright/test'
import { Agent } from '../agent.ts'
import { Lab, newPhone, openChannel, type Kind } from '../lab.ts'
import { openOffice, signedIn, type Office } from '../office.ts'
import { Shopper } from '../shoppers.ts'
import { test } from '../test.ts'

const words = {
  en: {
    person: 'I would like to talk to a person',
    hello: 'Hello, this is Ana. How can I help?',
    question: 'Where is my parcel?',
    answer: 'It arrives on Friday.',
    again: 'And now on LINE.',
    seen: 'Thank you, I see it.',
    broken: 'It came like this.',
    fold: 'Show quoted text',
  },
  ko: {
    person: '상담사 연결해 주세요',
    hello: '안녕하세요, 상담사 Ana입니다.',
    question: '제 택배는 어디쯤인가요?',
    answer: '금요일에 도착합니다.',
    again: '이제 LINE으로 말씀드려요.',
    seen: '감사합니다. 확인했습니다.',
    broken: '이렇게 도착했어요.',
    fold: '인용된 내용 보기',
  },
} as const

const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

type Found = { id: string; channel: { id: string }; contact: { id: string } }

/** An agent's conversations. */
async function conversations(office: Office): Promise<Found[]> {
  const api = await signedIn(office.people[0]!.email, office.people[0]!.password)
  const { items } = (await (await api.get('/api/v1/conversations?view=mine&limit=50')).json()) as { items: Found[] }
  return items
}

for (const lang of ['en', 'ko'] as const) {
  test(`one person on three channels is one contact (${lang})`, async ({ browser }) => {
    const say = words[lang]
    const office = await openOffice(['Ana'], [], { lang })
    const [sms, line] = [await openChannel(office, 'sms'), await openChannel(office, 'line')]
    const phone = newPhone()
    const lab = await Lab.opens(browser, lang, 'Haneul Seo', phone)
    const ana = await Agent.signsIn(browser, office.people[0]!, lang)
    await ana.presence('available')

    await test.step('by text message', async () => {
      await lab.phone(sms).say(say.person)
      await ana.accepts()
      await ana.says(say.hello)
      await lab.phone(sms).sees(say.hello)
      await expect(lab.phone(sms).theirs(say.hello).locator('[data-status=delivered]')).toBeVisible()
      await lab.phone(sms).say(say.question)
      await ana.sees(say.question)
    })

    await test.step('by LINE, where they are somebody else until an agent knows better', async () => {
      await lab.phone(line).say(`${say.person} (LINE)`)
      await ana.accepts()
      await ana.sees('(LINE)')
      await lab.phone(line).say(say.again)
      await ana.sees(say.again)
      const all = await conversations(office)
      const [first, second] = [sms, line].map((channel) => all.find((c) => c.channel.id === channel)!)
      expect(first!.contact.id).not.toBe(second!.contact.id)
      const merged = await office.api.post(`/api/v1/contacts/${first!.contact.id}/merge`, { data: { other_id: second!.contact.id } })
      expect(merged.status(), await merged.text()).toBe(200)
    })

    await test.step('by web chat, as somebody whose number the shop vouches for', async () => {
      const shopper = await Shopper.arrives(office.channel, 'Haneul Seo', `haneul-${phone.slice(5)}@kim.example`, lang, phone)
      await shopper.say(say.person)
      await ana.accepts()
    })

    await test.step('all of it is one contact with one timeline', async () => {
      const all = await conversations(office)
      expect(all.map((c) => c.channel.id).sort()).toEqual([office.channel, line, sms].sort())
      expect(new Set(all.map((c) => c.contact.id)).size).toBe(1)
      const { identities } = (await (await office.api.get(`/api/v1/contacts/${all[0]!.contact.id}`)).json()) as { identities: { kind: string; address: string; verified: boolean }[] }
      expect(identities.some((i) => i.address === phone && i.verified)).toBe(true)
      expect(identities.map((i) => i.kind)).toEqual(expect.arrayContaining(['line', 'webchat']))
    })
    ana.noProblems()
    lab.noProblems()
  })

  test(`an agent answers on six channels at once, with a file both ways (${lang})`, async ({ browser }) => {
    const say = words[lang]
    const office = await openOffice(['Ana'], [], { lang, capacity: 120 })
    const kinds: Kind[] = ['sms', 'whatsapp', 'messenger', 'line', 'telegram', 'email']
    const channels: string[] = []
    for (const kind of kinds) channels.push(await openChannel(office, kind))
    const lab = await Lab.opens(browser, lang, 'Haneul Seo', newPhone(), lang === 'ko' ? 'dark' : 'light')
    const ana = await Agent.signsIn(browser, office.people[0]!, lang)
    await ana.presence('available')

    for (const channel of channels) {
      await test.step(channel, async () => {
        await lab.phone(channel).say(`${say.person} (${channel})`)
        await ana.accepts()
        await ana.sees(`(${channel})`)
        await ana.says(`${say.hello} ${channel}`)
      })
    }
    expect(await conversations(office)).toHaveLength(6)
    for (const channel of channels) await lab.phone(channel).sees(`${say.hello} ${channel}`)
    for (const channel of channels) await lab.phone(channel).say(`${say.question} ${channel}`)

    await test.step('a picture from the customer and one from the agent', async () => {
      const [whatsapp] = (await conversations(office)).filter((c) => c.channel.id === channels[1])
      await ana.page.locator(`[data-testid=conversation-row][data-id="${whatsapp!.id}"]`).click()
      await ana.sees(`${say.question} ${channels[1]}`)
      await lab.phone(channels[1]!).send('crack.png', 'image/png', pixel)
      await expect(ana.at('message').locator('img').last()).toBeVisible()
      await ana.page.locator('input[type=file]').first().setInputFiles({ name: 'new.png', mimeType: 'image/png', buffer: pixel })
      await ana.at('composer-input').fill(say.seen)
      await ana.at('composer-send').click()
      await lab.phone(channels[1]!).sees(say.seen)
      await expect(lab.phone(channels[1]!).at.locator('.row:not(.mine) img').last()).toBeVisible()
    })

    await test.step('emails: an answer finds its message, with files both ways', async () => {
      const mail = channels[5]!
      const [found] = (await conversations(office)).filter((c) => c.channel.id === mail)
      await ana.page.locator(`[data-testid=conversation-row][data-id="${found!.id}"]`).click()
      await ana.sees(`${say.question} ${mail}`)
      await lab.phone(mail).answers(`${say.hello} ${mail}`)
      await lab.phone(mail).send('crack.png', 'image/png', pixel)
      await lab.phone(mail).say(say.broken)
      await expect(ana.message(say.broken).locator('img')).toBeVisible()
      await expect(ana.message(say.broken).getByRole('button', { name: say.fold })).toBeVisible()
      await expect(lab.phone(mail).mine(say.broken).locator('header p')).toContainText(/shop-\d+\+[a-z2-7]{39}@shop\.example/)
      await ana.page.locator('input[type=file]').first().setInputFiles({ name: 'label.txt', mimeType: 'text/plain', buffer: Buffer.from('label') })
      await ana.at('composer-input').fill(say.answer)
      await ana.at('composer-send').click()
      await lab.phone(mail).sees(say.answer)
      await expect(lab.phone(mail).theirs(say.answer).locator('a')).toContainText('label.txt')
      await expect(lab.phone(mail).theirs(say.answer).locator('h3')).toHaveText(/^Re: /)
    })

    await test.step('what went over the wire, signed; and the page is accessible', async () => {
      await lab.phone(channels[1]!).at.locator('.tools button').first().click()
      const wire = lab.page.locator('.drawer .wire li').filter({ hasText: `/webhooks/whatsapp/${channels[1]}` }).first()
      await wire.locator('summary').click()
      await expect(wire.getByText('X-Hub-Signature-256')).toBeVisible()
      await lab.isAccessible()
      await lab.phone(channels[5]!).at.locator('.tools button').first().click()
      await lab.page.locator('.drawer .wire li').filter({ hasText: 'SMTP' }).first().locator('summary').click()
      await expect(lab.page.getByText('AUTH PLAIN').first()).toBeVisible()
      await lab.isAccessible()
    })

    await test.step('HTML is shown where nothing of it runs', async () => {
      const mail = lab.phone(channels[5]!)
      await mail.at.locator('input[type=checkbox]').check()
      await mail.at.locator('form .subject').fill('HTML')
      await mail.at.locator('form .body').fill(`<p>${say.seen} <b>!</b></p><img src="x" onerror="parent.name='ran'"><script>parent.name = 'ran'</script>`)
      await mail.at.locator('form button[type=submit]').click()
      await expect(mail.mine('HTML').locator('[data-status=taken]')).toBeVisible()
      await expect(mail.at.frameLocator('iframe').locator('b')).toHaveText('!')
      expect(await lab.page.evaluate(() => window.name)).toBe('')
      await expect(ana.message(say.seen).last()).toBeVisible()
    })
    ana.noProblems()
    lab.noProblems()
  })
}
