import { expect, request, type APIRequestContext } from '@playwright/test'
import { randomUUID } from 'node:crypto'
import { Agent } from '../agent.ts'
import { base, openOffice } from '../office.ts'
import { test } from '../test.ts'

const picture = (name: string) => (process.env['SEAX_PICTURES'] ? { path: `${process.env['SEAX_PICTURES']}/${name}.png` } : undefined)

/** Hands an email over as Postmark does, at the address an admin gives it. */
async function write(provider: APIRequestContext, webhook: URL, email: Record<string, unknown>): Promise<void> {
  const credentials = Buffer.from(`${webhook.username}:${webhook.password}`).toString('base64')
  const answer = await provider.post(webhook.pathname, {
    headers: { Authorization: `Basic ${credentials}` },
    data: { FromFull: { Email: 'ana@customer.example', Name: 'Ana Lopez' }, ToFull: [{ Email: 'support@shop.example' }], Headers: [{ Name: 'Message-ID', Value: `<${randomUUID()}@customer.example>` }], ...email },
  })
  expect(answer.status(), await answer.text()).toBe(200)
}

test('an email is read: what it is about, what it quotes, how it was formatted', async ({ browser }) => {
  const office = await openOffice(['Ana'])
  const id = `${office.queue}-mail`
  const made = await office.api.post('/api/v1/channels', {
    data: { id, kind: 'email', name: 'Mail', flow: 'assistant', queue: office.queue, enabled: true, settings: { transport: 'postmark', address: 'support@shop.example', smtp_host: 'smtp.shop.example' } },
  })
  expect(made.status(), await made.text()).toBe(201)
  const channel = (await made.json()) as { setup: { value: string }[] }
  const webhook = new URL(channel.setup[0]!.value)
  const provider = await request.newContext({ baseURL: base() })
  expect((await provider.post(webhook.pathname, { data: {} })).status()).toBe(401)

  const ana = await Agent.signsIn(browser, office.people[0]!, 'en', { colorScheme: 'light' })
  await ana.presence('available')
  await write(provider, webhook, {
    Subject: 'The blue cups: one arrived with a crack',
    CcFull: [{ Email: 'office@customer.example', Name: 'Office' }],
    TextBody: 'Hello,\n\none of the two cups has a crack near the handle. I want to talk to a person.\n\nAna\n\nOn Sun, Mar 1, 2026 at 12:00 PM Shop Support <support@shop.example> wrote:\n\n> Your parcel is on its way.\n> It comes tomorrow.\n',
    HtmlBody:
      '<div style="font-family:Georgia"><p>Hello,</p><p>one of the two cups has a <b style="color:#b3261e">crack</b> near the handle.</p><table border="1" cellpadding="6"><tr><th>Cup</th><th>State</th></tr><tr><td>Wave</td><td>cracked</td></tr></table><p><a href="https://shop.example/orders/12">Order 12</a></p><script>top.hacked=1</script><img src="https://track.example/pixel.gif" onerror="top.hacked=1"></div>',
    Attachments: [{ Name: 'setup.exe', Content: Buffer.from('MZ\u0090\u0000').toString('base64'), ContentType: 'application/x-msdownload' }],
  })
  await ana.accepts()
  const message = ana.at('message').filter({ hasText: 'crack near the handle' }).first()
  await expect(message.getByText('The blue cups: one arrived with a crack')).toBeVisible()
  await expect(message.getByText('Your parcel is on its way.')).toBeHidden()
  await expect(message.getByText('Files of this kind are not accepted.')).toBeVisible()

  const foreign: string[] = []
  ana.page.on('request', (r) => {
    if (!r.url().startsWith(base()) && !/^(data|blob|about|ws):/.test(r.url())) foreign.push(r.url())
  })
  await message.getByRole('button', { name: 'Show quoted text' }).click()
  await expect(message.getByText('Your parcel is on its way.')).toBeVisible()
  await message.getByRole('button', { name: 'Show original formatting' }).click()
  const frame = message.frameLocator('iframe')
  await expect(frame.getByRole('link', { name: 'Order 12' })).toHaveAttribute('target', '_blank')
  await expect(frame.getByText('crack', { exact: true })).toHaveCSS('color', 'rgb(179, 38, 30)')
  expect(await ana.page.evaluate(() => 'hacked' in window)).toBe(false)
  expect(foreign).toEqual([])
  const light = picture('email-light')
  if (light) {
    await message.getByText('The blue cups').scrollIntoViewIfNeeded()
    await ana.page.screenshot(light)
    await ana.page.emulateMedia({ colorScheme: 'dark' })
    await ana.page.screenshot(picture('email-dark'))
  }
  await ana.context.close()

  const korean = await Agent.signsIn(browser, office.people[0]!, 'ko', { colorScheme: 'dark', viewport: { width: 390, height: 844 } })
  expect((await korean.page.request.patch(base() + '/api/v1/session', { data: { locale: 'ko' } })).ok()).toBe(true)
  await korean.page.goto(ana.page.url())
  await expect(korean.page.getByRole('button', { name: '인용된 내용 보기' })).toBeVisible()
  const narrow = picture('email-ko-narrow')
  if (narrow) {
    await korean.page.getByRole('button', { name: '원래 서식으로 보기' }).click()
    await korean.page.getByText('The blue cups').last().scrollIntoViewIfNeeded()
    await korean.page.screenshot(narrow)
  }
})
