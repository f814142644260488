import { expect, type Browser, type Locator, type Page } from '@playwright/test'
import { accessible } from './look.ts'
import { create, type Office } from './office.ts'

export type Kind = 'sms' | 'whatsapp' | 'messenger' | 'line' | 'telegram' | 'email'

const digits = (n: number) => Array.from({ length: n }, () => Math.floor(Math.random() * 9) + 1).join('')
const hex = (n: number) => Array.from({ length: n }, () => Math.floor(Math.random() * 16).toString(16)).join('')

/** A number that nobody else in the tests has. */
export const newPhone = () => `+8210${digits(8)}`

/** Credentials of an account of a test's own. */
const settings: Record<Kind, () => Record<string, string>> = {
  sms: () => ({ account_sid: `AC${hex(32)}`, auth_token: hex(32), from: `+1500${digits(7)}` }),
  whatsapp: () => ({ phone_number_id: digits(15), business_account_id: digits(15), access_token: `EAA${hex(20)}`, app_secret: hex(32) }),
  messenger: () => ({ page_id: digits(15), access_token: `EAA${hex(20)}`, app_secret: hex(32) }),
  line: () => ({ channel_secret: hex(32), channel_access_token: hex(40) }),
  telegram: () => ({ bot_token: `${digits(9)}:AA${hex(33)}` }),
  email: () => ({ transport: 'mailgun', address: `shop-${digits(8)}@shop.example`, password: hex(20), smtp_host: 'smtp.mailgun.org', mailgun_key: hex(32) }),
}

/** Opens a channel of a kind that leads to an office's queue; more are settings of it. */
export async function openChannel(office: Office, kind: Kind, more: Record<string, string> = {}): Promise<string> {
  const id = `${office.queue}-${kind}`
  await create(office.api, '/channels', { id, kind, name: `${kind} ${id}`, flow: 'assistant', queue: office.queue, enabled: true, settings: { ...settings[kind](), ...more } })
  return id
}

/** Somebody with a phone for every channel: the channel lab. */
export class Lab {
  private constructor(
    readonly page: Page,
    private readonly name: string,
    private readonly number: string,
    private readonly problems: string[],
  ) {}

  static async opens(browser: Browser, lang: 'en' | 'ko', name: string, phone: string, theme: 'light' | 'dark' = 'light'): Promise<Lab> {
    const page = await (await browser.newContext({ baseURL: process.env['SEAX_LAB_URL'] ?? '' })).newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(`${process.env['SEAX_LAB_URL'] ?? ''}/?${new URLSearchParams({ lang, theme, name, phone }).toString()}`)
    return new Lab(page, name, phone, problems)
  }

  phone(channel: string): Phone {
    return new Phone(this.page.locator(`[data-channel="${channel}"]`))
  }

  /** What the phones on the page cannot do by hand; the id of the message. */
  async act(channel: string, act: Record<string, unknown>): Promise<string> {
    const answer = await this.page.request.post('/api/act', { data: { channel, phone: this.number, name: this.name, ...act } })
    expect(answer.status(), await answer.text()).toBe(200)
    return ((await answer.json()) as { id: string }).id
  }

  /** What was lately asked of a provider, the newest first. */
  async asked(provider: string): Promise<string[]> {
    const all = (await (await this.page.request.get('/api/wire', { params: { provider } })).json()) as { out: boolean; body: string }[]
    return all.filter((one) => one.out).map((one) => one.body)
  }

  async isAccessible(): Promise<void> {
    await accessible(this.page, 'the lab')
  }

  noProblems(): void {
    expect(this.problems).toEqual([])
  }
}

/** One channel's phone. */
export class Phone {
  constructor(readonly at: Locator) {}

  async say(text: string): Promise<void> {
    await this.at.locator('form .body').fill(text)
    await this.at.locator('form button[type=submit]').click()
    await expect(this.mine(text).locator('[data-status=taken]')).toBeVisible()
  }

  async send(name: string, mimeType: string, buffer: Buffer): Promise<void> {
    await this.at.locator('input[type=file]').setInputFiles({ name, mimeType, buffer })
  }

  mine(text: string): Locator {
    return this.at.locator('.row.mine').filter({ hasText: text })
  }

  theirs(text: string | RegExp): Locator {
    return this.at.locator('.row:not(.mine)').filter({ hasText: text })
  }

  async sees(text: string | RegExp): Promise<void> {
    await expect(this.theirs(text).last()).toBeVisible()
  }

  /** Begins an answer to an email. */
  async answers(text: string): Promise<void> {
    await this.theirs(text).last().locator('.answer').click()
  }
}
