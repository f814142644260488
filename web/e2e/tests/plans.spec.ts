import { expect } from '@playwright/test'
import { Agent } from '../agent.ts'
import { accessible } from '../look.ts'
import { base, openOffice } from '../office.ts'
import { Shopper } from '../shoppers.ts'
import { test } from '../test.ts'
import { Customer } from '../widget.ts'

const words = {
  en: { person: 'I want to talk to a person', noField: 'Did you mean channel?', nobody: 'Nobody could serve this step', when: 'When', agents: 'Only agents for whom', fine: 'All right', step: 'Step 1', cannot: 'Nobody could take it now.', active: 'Active', notSo: 'Not so:', simulate: 'Simulate', today: 'Today', result: 'What would change', name: 'Name of the rule', queueName: 'Name (English)' },
  ko: { person: '상담사 연결해 주세요', noField: '혹시 channel인가요?', nobody: '맡을 수 있는 사람이 없습니다', when: '조건', agents: '상담사 조건', fine: '이상 없음', step: '1단계', cannot: '지금 맡을 수 있는 사람이 없습니다.', active: '상담 중', notSo: '조건 불충족:', simulate: '모의 실행', today: '오늘', result: '달라지는 점', name: '규칙 이름', queueName: '이름 (영어)' },
} as const

for (const [lang, scheme] of [['en', 'light'], ['ko', 'dark']] as const) {
  test(`a queue fills and drains, a plan is changed and tried, who waits by it is explained and taken over (${lang})`, async ({ browser }) => {
    test.slow()
    const say = words[lang]
    const office = await openOffice(['Ana'], [], { lang })
    const plan = await office.api.post('/api/v1/plans', { data: { id: office.queue, name: { en: `Way ${office.queue}`, ko: `길 ${office.queue}` }, default: { steps: [{ timeout_s: 600 }, { anyone: true }] } } })
    expect(plan.status(), await plan.text()).toBe(201)
    const ana = await Agent.signsIn(browser, office.people[0]!, lang, { colorScheme: scheme })
    const grace = await Agent.signsIn(browser, office.supervisor, lang, { colorScheme: scheme })
    const leo = await Agent.signsIn(browser, office.admin, lang, { colorScheme: scheme })

    await test.step('the supervisor sees the queue fill and drain', async () => {
      await grace.page.goto(`${base()}/supervisor`)
      const row = grace.page.getByTestId('table-row').and(grace.page.locator(`[data-id="${office.queue}"]`))
      const waiting = row.locator('td').nth(1)
      await expect(waiting).toContainText('0')
      for (const [i, name] of ['Kim', 'Lee'].entries()) {
        const shopper = await Shopper.arrives(office.channel, name, `${name.toLowerCase()}-${office.queue}@shop.test`, lang)
        await shopper.say(say.person)
        await expect(waiting).toContainText(String(i + 1))
      }
      await ana.presence('available')
      await expect(waiting).toContainText('0')
      const headers = await grace.page.locator('table', { has: row }).locator('th').allInnerTexts()
      const active = row.locator('td').nth(headers.findIndex((text) => text.includes(say.active)))
      for (const n of ['1', '2']) {
        await ana.offer.or(ana.at('offer-row-accept')).first().click()
        await expect(active).toContainText(n)
      }
    })

    await test.step('the admin gives the channel the plan', async () => {
      await leo.page.goto(`${base()}/admin/channels/${office.channel}`)
      const choice = leo.page.getByRole('combobox', { name: lang === 'ko' ? '라우팅 플랜' : 'Plan' }).or(leo.page.getByRole('textbox', { name: lang === 'ko' ? '라우팅 플랜' : 'Plan', exact: true }))
      await choice.first().click()
      await leo.page.getByRole('option', { name: `${lang === 'ko' ? '길' : 'Way'} ${office.queue}` }).click()
      await leo.at('editor-save').click()
      await expect.poll(async () => JSON.stringify(await (await office.api.get('/api/v1/channels')).json())).toContain(`"plan":"${office.queue}"`)
    })

    await test.step('and changes the plan: what is wrong is shown at its place, and what it would do is seen before it is saved', async () => {
      const { page } = leo
      await page.goto(`${base()}/admin/plans/${office.queue}`)
      await page.getByTestId('trial-queue').click()
      await page.getByRole('option', { name: `${lang === 'ko' ? '안내' : 'Front'} ${office.queue}` }).click()
      const result = leo.at('trial-result')
      await expect(result.getByTestId('trial-step').first()).toContainText(office.people[0]!.name)

      await leo.at('add-rule').click()
      const rule = leo.at('plan-rule').first()
      await rule.getByLabel(say.name).fill('night')
      await rule.getByLabel(say.when, { exact: true }).fill("request.chanel == 'webchat'")
      await expect(rule.getByTestId('plan-problem').filter({ hasText: say.noField })).toBeVisible()
      await expect(rule.locator('mark')).toHaveText('.chanel')
      await expect(leo.at('plan-status')).toHaveAttribute('data-state', 'wrong')
      await accessible(page)
      await rule.getByLabel(say.when, { exact: true }).fill("request.language != 'xx'")
      await rule.getByLabel(say.agents, { exact: true }).fill("agent.attributes.team == 'night'")
      await expect(leo.at('plan-doubt').filter({ hasText: say.nobody }).first()).toBeVisible()
      const tried = result.getByTestId('trial-step').first()
      await expect(result).toContainText('night')
      await expect(tried).toContainText(say.cannot)
      await expect(tried.getByRole('listitem').filter({ hasText: office.people[0]!.name })).toContainText(say.notSo)
      await accessible(page)

      await leo.at('plan-simulation-tab').click()
      await page.getByRole('button', { name: say.today, exact: true }).click()
      await page.locator(`label:has-text("${lang === 'ko' ? '안내' : 'Front'} ${office.queue}")`).click()
      await page.getByRole('button', { name: say.simulate, exact: true }).click()
      await expect(page.getByRole('region', { name: say.result })).toBeVisible()
      await leo.at('editor-save').click()
      await expect(leo.at('editor-save')).toBeHidden()
    })

    await test.step('who comes now waits, the supervisor reads why, and takes over', async () => {
      const customer = await Customer.arrives(browser, office.channel, lang)
      await customer.say(say.person)
      const waits = async () => ((await (await office.api.get('/api/v1/conversations?view=waiting&queue=' + office.queue)).json()) as { items: { id: string }[] }).items[0]?.id
      await expect.poll(waits).toBeTruthy()
      await grace.page.goto(`${base()}/supervisor/conversations?conversation=${await waits()}`)
      await grace.at('routing-tab').click()
      await expect(grace.at('explain-plan')).toContainText(`${office.queue}`)
      await expect(grace.at('explain-plan')).toContainText('night')
      const why = grace.at('explain').getByRole('listitem').filter({ hasText: office.people[0]!.name }).first()
      await expect(why).toContainText(say.notSo)
      await expect(why).toContainText("team == ")
      await accessible(grace.page)
      await grace.at('take-over').first().click()
      await grace.at('reason-submit').click()
      await expect(customer.at('status')).toContainText('Grace')
    })
    for (const agent of [ana, grace, leo]) agent.noProblems()
  })
}

test('of two admins who edit at once the second is told, sees what differs, and chooses', async ({ browser }) => {
  const office = await openOffice([], [])
  const [first, second] = await Promise.all([Agent.signsIn(browser, office.admin), Agent.signsIn(browser, { email: 'leo@seax.demo' })])
  if (!first || !second) throw new Error('somebody is missing')
  for (const leo of [first, second]) await leo.page.goto(`${base()}/admin/queues/${office.queue}`)
  const field = (leo: Agent, name: string) => leo.page.getByLabel(name, { exact: true }).first()
  await field(first, 'Offer timeout').fill('33')
  await field(first, 'Wrap-up time').fill('66')
  await first.at('editor-save').click()
  await expect(first.at('editor-save')).toBeHidden()

  await field(second, 'Offer timeout').fill('44')
  await field(second, 'Asked at once').fill('3')
  await second.at('editor-save').click()
  const told = second.at('meanwhile')
  await expect(told).toBeVisible()
  const row = (name: string) => second.at('meanwhile-field').filter({ hasText: name })
  await expect(second.at('meanwhile-field')).toHaveCount(3)
  await expect(row('Offer timeout')).toContainText('changed by both')
  await expect(row('Wrap-up time')).toContainText('changed by them')
  await expect(row('Asked at once')).toContainText('changed by you')
  await accessible(second.page)
  await row('Offer timeout').getByText('Theirs').first().click()
  await second.at('meanwhile-save').click()
  await expect(told).toBeHidden()
  const queues = (await (await office.api.get('/api/v1/queues')).json()) as { items: { id: string; offer_timeout_s: number; wrapup_s: number; width: number }[] }
  expect(queues.items.find((queue) => queue.id === office.queue)).toMatchObject({ offer_timeout_s: 33, wrapup_s: 66, width: 3 })

  // Who deletes what they have not seen is told as well.
  await first.page.goto(`${base()}/admin/queues/${office.second}`)
  await second.page.goto(`${base()}/admin/queues/${office.second}`)
  await field(first, 'Wrap-up time').fill('77')
  await first.at('editor-save').click()
  await expect(first.at('editor-save')).toBeHidden()
  await second.at('editor-delete').click()
  await second.page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
  await expect(second.at('meanwhile')).toContainText('It was not deleted')
  await second.page.getByRole('button', { name: 'Keep it' }).click()
  await expect(second.at('editor-save')).toBeVisible()
  for (const leo of [first, second]) leo.noProblems()
})
