// Walks through the workspace against the mock as an agent would, and checks what must never go wrong: node mock/e2e.mjs
import { chromium } from 'playwright-core'

const base = process.env.BASE ?? 'http://127.0.0.1:5179'
const conversation = (n) => `00000004-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
const post = async (path) => (await fetch(`${base}/mock/${path}`, { method: 'POST' })).json()
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})
let failed = 0
const filter = process.argv[2] ?? ''

async function check(name, run, { as = 'agent', path = `/inbox/mine/${conversation(1)}`, viewport = { width: 1440, height: 900 } } = {}) {
  if (!name.includes(filter)) return
  await post(`reset?as=${as}`)
  const context = await browser.newContext({ viewport, locale: 'en' })
  const page = await context.newPage()
  const errors = []
  page.on('pageerror', (error) => errors.push(error.message))
  try {
    await page.goto(base + path)
    if (as !== 'none') await page.getByRole('region', { name: 'Messages' }).waitFor({ timeout: 15_000 })
    await run(page)
    if (errors.length) throw new Error(`page errors: ${errors.join('; ')}`)
    console.log('ok  ', name)
  } catch (error) {
    failed++
    console.log('FAIL', name, '\n    ', error.message.split('\n').slice(0, 4).join('\n     '))
    await page.screenshot({ path: `/tmp/fail-${failed}.png` })
  }
  await context.close()
}

const thread = (page) => page.getByRole('region', { name: 'Messages' })
const box = (page) => page.getByRole('textbox', { name: 'Your reply' })
const assert = (condition, message) => {
  if (!condition) throw new Error(message)
}
const see = async (page, text) => thread(page).getByText(text, { exact: true }).first().waitFor({ timeout: 8000 })
const texts = async (n) => (await post(`log?id=${conversation(n)}`)).filter((event) => event.kind === 'agent.message').map((event) => event.body.text)
const distance = (page) => thread(page).evaluate((el) => el.scrollHeight - el.clientHeight - el.scrollTop)

await check('a sent message appears once and gets its marks', async (page) => {
  await box(page).fill('First answer')
  await box(page).press('Enter')
  await see(page, 'First answer')
  await thread(page).getByText('Read').last().waitFor({ timeout: 8000 })
  assert((await thread(page).getByText('First answer').count()) === 1, 'shown more than once')
  assert((await texts(1)).filter((text) => text === 'First answer').length === 1, 'logged more than once')
})

await check('an answer lost on the way is repeated under the same id', async (page) => {
  await box(page).fill('Only once')
  await post('lose-answers?n=1')
  await box(page).press('Enter')
  await page.waitForTimeout(3500)
  assert((await texts(1)).filter((text) => text === 'Only once').length === 1, 'doubled')
  assert((await thread(page).getByText('Only once').count()) === 1, 'shown twice')
})

await check('what is written offline is sent when the connection is back, in order, also after a reload', async (page) => {
  await post('offline?on=1')
  for (const text of ['one', 'two', 'three']) {
    await box(page).fill(text)
    await box(page).press('Enter')
  }
  await page.getByText('Connection lost').waitFor({ timeout: 10_000 })
  await post('offline?on=0')
  await page.reload()
  await page.waitForTimeout(3000)
  const sent = (await texts(1)).slice(-3)
  assert(sent.join() === 'one,two,three', `sent: ${sent.join()}`)
})

await check('messages pushed while offline are there after the reconnect', async (page) => {
  await post('offline?on=1')
  await page.waitForTimeout(500)
  for (const text of ['missed 1', 'missed 2']) await post(`message?id=${conversation(1)}&text=${encodeURIComponent(text)}`)
  await post('offline?on=0')
  await see(page, 'missed 1')
  await see(page, 'missed 2')
})

await check('a lost push is noticed by the gap and fetched', async (page) => {
  await page.waitForTimeout(500)
  await post(`silent-message?id=${conversation(1)}&text=silent`)
  await post(`message?id=${conversation(1)}&text=loud`)
  await see(page, 'silent')
  await see(page, 'loud')
})

await check('the thread follows the end, and stays put when one reads above', async (page) => {
  await page.waitForTimeout(800)
  assert((await distance(page)) < 5, `does not start at the end: ${await distance(page)}`)
  await post(`message?id=${conversation(11 + 1)}&text=follow`)
  await see(page, 'follow')
  await page.waitForTimeout(300)
  assert((await distance(page)) < 5, `did not follow: ${await distance(page)}`)
  await thread(page).hover()
  await page.mouse.wheel(0, -3000)
  await page.waitForTimeout(700)
  const before = await distance(page)
  await post(`message?id=${conversation(12)}&text=quiet`)
  await page.getByRole('button', { name: /New messages/ }).waitFor({ timeout: 5000 })
  assert((await distance(page)) >= before, 'jumped to the end')
  await page.getByRole('button', { name: /New messages/ }).click()
  await see(page, 'quiet')
}, { path: `/inbox/mine/${conversation(12)}` })

await check('scrolling back through thousands of events keeps its place', async (page) => {
  await page.waitForTimeout(800)
  let jumps = 0
  for (let n = 0; n < 40; n++) {
    const anchor = await thread(page).evaluate((el) => {
      const top = el.getBoundingClientRect().top
      const row = [...el.querySelectorAll('[data-index]')].find((one) => one.getBoundingClientRect().top >= top)
      return row ? { text: row.textContent, y: row.getBoundingClientRect().top } : null
    })
    await thread(page).hover()
    await page.mouse.wheel(0, -900)
    await page.waitForTimeout(120)
    const y = anchor ? await thread(page).evaluate((el, text) => [...el.querySelectorAll('[data-index]')].find((one) => one.textContent === text)?.getBoundingClientRect().top, anchor.text) : undefined
    if (anchor && y !== undefined && Math.abs(y - anchor.y - 900) > 60 && y - anchor.y < 840) jumps++
  }
  const rows = await thread(page).evaluate((el) => el.querySelectorAll('[data-index]').length)
  assert(rows < 80, `too many rows in the page: ${rows}`)
  const first = await thread(page).evaluate((el) => el.querySelector('[data-index]')?.textContent)
  assert(!/Message 29\d\d/.test(first ?? ''), `did not get anywhere: ${first}`)
  assert(jumps <= 3, `${jumps} jumps`)
}, { path: `/inbox/mine/${conversation(12)}` })

await check('an offer is accepted by keyboard and opens', async (page) => {
  await post('offer?seconds=30')
  await page.getByRole('article', { name: /New offer/ }).waitFor({ timeout: 5000 })
  assert(/offer/i.test(await page.title()), 'no title')
  await page.keyboard.press('Alt+a')
  await page.waitForURL(/inbox\/mine\/00000004/, { timeout: 5000 })
  await see(page, '결제가 두 번 됐어요. 확인 부탁드립니다')
  await box(page).waitFor()
  assert((await page.getByRole('article', { name: /New offer/ }).count()) === 0, 'card stays')
})

await check('an offer somebody else took says who', async (page) => {
  await post('offer?seconds=30')
  await page.getByRole('article', { name: /New offer/ }).waitFor({ timeout: 5000 })
  await post('take-offer')
  await page.getByText('Ana Lopez has taken it.').waitFor({ timeout: 5000 })
})

await check('an offer is passed on with a reason', async (page) => {
  await post('offer?seconds=30')
  await page.getByRole('button', { name: 'Pass on with a reason' }).click()
  await page.getByRole('menuitem', { name: 'Not my language' }).click()
  await page.getByRole('article', { name: /New offer/ }).waitFor({ state: 'detached', timeout: 5000 })
})

await check('drafts stay per conversation', async (page) => {
  await box(page).fill('half a thought')
  await page.getByRole('link', { name: /김민수/ }).click()
  await page.waitForURL(new RegExp(conversation(2)))
  await page.getByPlaceholder(/Reply to 김민수/).waitFor()
  assert((await box(page).inputValue()) === '', 'draft leaked')
  await page.getByRole('link', { name: /Olivia/ }).first().click()
  await page.getByPlaceholder(/Reply to Olivia/).waitFor()
  assert((await box(page).inputValue()) === 'half a thought', 'draft lost')
  await page.reload()
  assert((await box(page).inputValue()) === 'half a thought', 'draft lost by reload')
})

await check('a ready-made reply is found and filled in', async (page) => {
  await box(page).pressSequentially('/hel')
  await page.getByRole('option').first().waitFor()
  await box(page).press('Enter')
  const text = await box(page).inputValue()
  assert(/Olivia Brandt/.test(text) && /서민아/.test(text), text)
})

await check('files the channel does not take are refused in words; others are sent', async (page) => {
  const input = page.locator('input[type=file]')
  await input.setInputFiles({ name: 'tool.exe', mimeType: 'application/x-msdownload', buffer: Buffer.from('x') })
  await page.getByText(/tool.exe cannot be sent/).waitFor({ timeout: 3000 })
  await input.setInputFiles({ name: 'lid.png', mimeType: 'image/png', buffer: Buffer.from('x') })
  await page.getByText('lid.png').waitFor()
  await page.waitForTimeout(400)
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.waitForTimeout(600)
  const log = await post(`log?id=${conversation(1)}`)
  assert(log.some((event) => event.body.attachments?.length === 1 && event.actor.kind === 'agent'), 'not sent')
})

await check('hand over, keep, park, take up again, wrap up, close', async (page) => {
  await page.keyboard.press('Alt+t')
  await page.getByRole('radio', { name: /Billing/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Hand over' }).click()
  await page.getByText(/You are handing this over to Billing/).waitFor()
  await page.getByRole('button', { name: 'Keep it' }).click()
  await page.getByText(/You are handing this over/).waitFor({ state: 'detached' })
  await page.keyboard.press('Alt+p')
  await page.getByRole('dialog').getByRole('button', { name: 'Park' }).click()
  await page.getByText(/Parked until the customer writes/).first().waitFor()
  await page.keyboard.press('Alt+u')
  await box(page).waitFor()
  await page.keyboard.press('Alt+w')
  await page.getByText('Solved', { exact: true }).click()
  await page.getByRole('button', { name: 'Close conversation' }).click()
  await page.waitForURL(/inbox\/mine$/)
})

await check('unread is cleared by reading, and a new message counts again elsewhere', async (page) => {
  await page.waitForTimeout(1200)
  await page.getByRole('link', { name: /Olivia/ }).first().filter({ hasNotText: 'unread' }).waitFor({ timeout: 3000 })
  await post(`message?id=${conversation(3)}&text=${encodeURIComponent('still there?')}`)
  await page.getByRole('link', { name: /1 unread message/ }).first().waitFor({ timeout: 3000 })
})

await check('supervisors take over after being asked', async (page) => {
  await page.getByRole('button', { name: 'Take over' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Take over' }).click()
  await box(page).waitFor()
}, { as: 'supervisor', path: `/inbox/attention/${conversation(9)}` })

await check('sign-in says what is wrong, and how long to wait', async (page) => {
  await page.getByLabel('Email').fill('agent@seax.example')
  for (let n = 0; n < 6; n++) {
    await page.getByLabel('Password').first().fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForTimeout(150)
  }
  await page.getByText(/Too many attempts. Try again in/).waitFor({ timeout: 3000 })
}, { as: 'none', path: '/' })

await check('a phone shows one pane at a time', async (page) => {
  await page.getByRole('link', { name: 'Back' }).click()
  await page.getByRole('link', { name: /김민수/ }).click()
  await box(page).waitFor()
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
  assert(!wide, 'scrolls sideways')
}, { viewport: { width: 390, height: 844 } })

await browser.close()
console.log(failed === 0 ? 'all fine' : `${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
