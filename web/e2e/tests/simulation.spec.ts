import { expect } from '@playwright/test'
import { Agent } from '../agent.ts'
import { accessible } from '../look.ts'
import { base, openOffice } from '../office.ts'
import { test } from '../test.ts'
import { Customer } from '../widget.ts'

for (const { lang, scheme, width } of [
  { lang: 'en', scheme: 'light', width: 1280 },
  { lang: 'ko', scheme: 'dark', width: 390 },
] as const) {
  test(`a supervisor tries a plan on who came today (${lang}, ${scheme}, ${width})`, async ({ browser }) => {
    const office = await openOffice(['Ana'], [], { lang })
    const ana = await Agent.signsIn(browser, office.people[0]!, 'en')
    await ana.presence('available')
    const customer = await Customer.arrives(browser, office.channel)
    await customer.say('I want to talk to a person')
    await ana.accepts()
    await ana.says('Hello!')
    await ana.at('wrap-up').first().click()
    await ana.at('wrap-up-submit').click()

    const grace = await Agent.signsIn(browser, office.supervisor, lang, { colorScheme: scheme, viewport: { width, height: 900 } })
    const { page } = grace
    await page.goto(base() + '/supervisor/simulation')
    const words = lang === 'ko' ? { today: '오늘', start: '모의 실행', result: '달라지는 점', queue: '안내', table: '표로 보기' } : { today: 'Today', start: 'Simulate', result: 'What would change', queue: 'Front', table: 'As a table' }
    const definition = page.locator('textarea').first()
    await expect(definition).toBeVisible()

    // A plan that names what is not there is refused, with the place.
    const plan = (queue?: string) => JSON.stringify({ id: 'try-' + office.queue, name: { en: 'Try' }, default: { steps: [{ timeout_s: 20, ...(queue ? { queue } : {}) }, { anyone: true }] } })
    await definition.fill(plan('nowhere'))
    await page.getByRole('button', { name: words.today, exact: true }).click()
    await page.locator(`label:has-text("${words.queue} ${office.queue}")`).click()
    await page.getByRole('button', { name: words.start, exact: true }).click()
    await expect(page.getByRole('alert')).toContainText('default.steps[0].queue')
    await accessible(page)

    await definition.fill(plan())
    await page.getByRole('button', { name: words.start, exact: true }).click()
    const result = page.getByRole('region', { name: words.result })
    await expect(result.getByRole('figure').getByRole('img')).toHaveCount(6)
    await expect(result).toContainText(office.people[0]!.name)
    await result.getByText(words.table).first().click()
    await accessible(page)
    expect(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)).toBe(false)
    grace.noProblems()
  })
}
