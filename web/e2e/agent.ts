import { expect, type Browser, type BrowserContext, type Locator, type Page } from '@playwright/test'
import { base, demoPassword, type Person } from './office.ts'

/** Somebody with the agent client open. */
export class Agent {
  readonly problems: string[] = []

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on('pageerror', (error) => this.problems.push(error.message))
    // The client asks for nothing that it may not have, and the server does not fail.
    page.on('response', (answer) => {
      if (answer.status() === 403 || answer.status() >= 500) this.problems.push(`${answer.status()} ${answer.request().method()} ${answer.url()}`)
    })
  }

  static async signsIn(browser: Browser, person: Pick<Person, 'email'> & { password?: string }, lang: 'en' | 'ko' = 'en', options: Parameters<Browser['newContext']>[0] = {}): Promise<Agent> {
    const context = await browser.newContext({ locale: lang === 'ko' ? 'ko-KR' : 'en-US', ...options })
    const page = await context.newPage()
    const agent = new Agent(context, page)
    await page.goto(base())
    await agent.at('sign-in-email').fill(person.email)
    await agent.at('sign-in-password').fill(person.password ?? demoPassword)
    await agent.at('sign-in-submit').click()
    await expect(agent.status).toBeVisible()
    return agent
  }

  at(id: string): Locator {
    return this.page.getByTestId(id)
  }

  /** What shows the presence: on a phone it is in the menu of the account. */
  private get status(): Locator {
    return this.at('presence-switch').or(this.at('account-menu')).locator('visible=true').first()
  }

  async presence(presence: 'available' | 'offline'): Promise<void> {
    await this.status.click()
    await this.at(`presence-${presence}`).click()
    await expect(this.at(`presence-${presence}`)).toBeHidden()
  }

  get offer(): Locator {
    return this.at('offer-accept')
  }

  async accepts(): Promise<void> {
    await this.offer.click()
    await expect(this.at('composer-input')).toBeVisible()
  }

  async says(text: string): Promise<void> {
    await this.at('composer-input').fill(text)
    await this.at('composer-send').click()
    await this.sees(text)
  }

  message(text: string | RegExp): Locator {
    return this.at('message').filter({ hasText: text })
  }

  async sees(text: string | RegExp): Promise<void> {
    await expect(this.message(text).last()).toBeVisible()
  }

  async phaseIs(phase: string): Promise<void> {
    await expect(this.at('conversation-head')).toHaveAttribute('data-phase', phase)
  }

  noProblems(): void {
    expect(this.problems).toEqual([])
  }
}
