import { expect, type Browser, type BrowserContext, type Locator, type Page } from '@playwright/test'
import { base } from './office.ts'

/** A customer with the chat on the demo shop's page. */
export class Customer {
  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  static async arrives(browser: Browser, channel: string, lang: 'en' | 'ko' = 'en', options: Parameters<Browser['newContext']>[0] = {}): Promise<Customer> {
    const context = await browser.newContext({ locale: lang === 'ko' ? 'ko-KR' : 'en-US', ...options })
    const page = await context.newPage()
    const customer = new Customer(context, page)
    await customer.visit(channel, lang)
    return customer
  }

  async visit(channel: string, lang: 'en' | 'ko' = 'en', page = this.page): Promise<void> {
    await page.goto(`${base()}/demo/?channel=${channel}&lang=${lang}`)
    await page.getByTestId('seax-launcher').click()
    await expect(page.getByTestId('seax-input')).toBeFocused()
  }

  at(id: string): Locator {
    return this.page.getByTestId('seax-' + id)
  }

  async say(text: string): Promise<void> {
    await this.at('input').fill(text)
    await this.at('input').press('Enter')
    await expect(this.message(text)).toHaveAttribute('data-state', /sent|read/)
  }

  message(text: string | RegExp): Locator {
    return this.at('message').filter({ hasText: text })
  }

  async sees(text: string | RegExp): Promise<void> {
    await expect(this.message(text).last()).toBeVisible()
  }

  /** What is shown, as "who: words". */
  transcript(page = this.page): Promise<string[]> {
    return page.getByTestId('seax-message').evaluateAll((all) =>
      all.map((one) => `${(one as HTMLElement).dataset['from']}: ${[...one.querySelectorAll('.words')].map((p) => p.textContent).join(' ')}`),
    )
  }
}
