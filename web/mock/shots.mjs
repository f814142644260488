// Screenshots of every screen against the mock, and axe on each: node mock/shots.mjs [out folder] [filter]; SIZES=mid,phone
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

const [out = '/tmp/shots', filter = ''] = process.argv.slice(2)
const base = process.env.BASE ?? 'http://127.0.0.1:5179'
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
mkdirSync(out, { recursive: true })

const conversation = (n) => `00000004-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
const post = (path) => fetch(`${base}/mock/${path}`, { method: 'POST' })
const click = (name) => async (page) => page.getByRole('button', { name }).first().click()
const key = (keys) => async (page) => page.keyboard.press(keys)

const screens = [
  { name: 'signin', path: '/', as: 'none' },
  { name: 'inbox', path: `/inbox/mine/${conversation(1)}` },
  { name: 'list', path: '/inbox/mine' },
  { name: 'korean', path: `/inbox/mine/${conversation(2)}` },
  { name: 'waiting', path: `/inbox/waiting/${conversation(5)}` },
  { name: 'wrapping', path: `/inbox/mine/${conversation(4)}` },
  { name: 'transfer', path: `/inbox/mine/${conversation(10)}` },
  { name: 'parked', path: `/inbox/parked/${conversation(8)}` },
  { name: 'readonly', path: `/inbox/attention/${conversation(9)}` },
  { name: 'closed', path: '/inbox/closed' },
  { name: 'offers', path: `/inbox/mine/${conversation(3)}`, before: async () => { await post('offer?seconds=60'); await post('offer?seconds=60') } },
  { name: 'transferdialog', path: `/inbox/mine/${conversation(1)}`, act: key('Alt+t') },
  { name: 'parkdialog', path: `/inbox/mine/${conversation(1)}`, act: key('Alt+p') },
  { name: 'help', path: `/inbox/mine/${conversation(1)}`, act: async (page) => { await page.keyboard.press('Escape'); await page.locator('h1').first().click({ force: true }).catch(() => {}); await page.keyboard.press('Shift+?') } },
  { name: 'palette', path: `/inbox/mine/${conversation(1)}`, act: key('Control+k') },
  { name: 'canned', path: `/inbox/mine/${conversation(2)}`, act: async (page) => page.getByRole('textbox').last().pressSequentially('/') },
  { name: 'viewmenu', path: '/inbox/mine', narrow: true, act: click(/View: Mine|보기: 내 상담/) },
  { name: 'ownermenu', path: `/inbox/mine/${conversation(1)}`, narrow: true, act: click(/More actions|추가 작업/) },
  { name: 'account', path: '/inbox/mine', act: click(/Account and settings|계정 및 설정/) },
  { name: 'presence', path: '/inbox/mine', act: click(/My presence|내 상태/), wide: true },
  { name: 'banner', path: '/inbox/mine', before: async () => post('not-responding') },
  { name: 'offerslist', path: '/inbox/mine', before: async () => { await post('offer?seconds=60'); await post('offer?seconds=60') } },
  { name: 'reject', path: '/inbox/mine', before: async () => post('offer?seconds=60'), act: click(/Pass on with a reason|사유를 선택/) },
  { name: 'empty', path: '/inbox/bot' },
  { name: 'gone', path: `/inbox/mine/${conversation(999)}` },
  { name: 'takeover', path: `/inbox/attention/${conversation(9)}`, act: click(/^(Take over|가져오기)$/) },
  { name: 'reassign', path: `/inbox/attention/${conversation(9)}`, act: click(/^(Reassign|다시 배정|재배정)$/) },
  { name: 'why', wide: true, path: `/inbox/waiting/${conversation(5)}`, act: click(/Why is it waiting|대기 사유/) },
  { name: 'password', path: '/inbox/mine', act: async (page) => { await click(/Account and settings|계정 및 설정/)(page); await click(/Change password|비밀번호 변경/)(page) } },
  { name: 'contacts', path: '/contacts' },
  { name: 'contact', path: '/contacts/00000002-0000-7000-8000-000000000001' },
  { name: 'contactempty', path: '/contacts', act: async (page) => { await page.getByRole('searchbox').fill('zzzz'); await page.waitForTimeout(500) } },
  { name: 'notfound', path: '/nowhere' },
  { name: 'live', path: '/supervisor' },
  { name: 'livequeue', path: '/supervisor?queue=support' },
  { name: 'liveagent', path: `/supervisor?agent=00000001-0000-7000-8000-000000000001` },
  { name: 'livetalk', path: `/supervisor?queue=support&conversation=${conversation(9)}` },
  { name: 'livewhy', path: `/supervisor?queue=support&conversation=${conversation(5)}`, act: async (page) => page.getByRole('tab').nth(1).click() },
  { name: 'liveassign', path: `/supervisor?queue=support&conversation=${conversation(9)}`, act: click(/^(Reassign|다시 배정|재배정)$/) },
  { name: 'conversations', path: '/supervisor/conversations' },
  ...['people', 'skills', 'queues', 'presences', 'channels', 'articles', 'replies', 'keys'].flatMap((page) => [
    { name: `admin-${page}`, path: `/admin/${page}` },
    { name: `admin-${page}-new`, path: `/admin/${page}/new` },
  ]),
  { name: 'admin-person', path: '/admin/people/00000001-0000-7000-8000-000000000002' },
  { name: 'admin-queue', path: '/admin/queues/support' },
  { name: 'admin-skill', path: '/admin/skills/ko' },
  { name: 'admin-channel', path: '/admin/channels', act: async (page) => page.locator('tbody tr').first().click() },
  { name: 'admin-article', path: '/admin/articles', act: async (page) => page.locator('tbody tr').first().click() },
]

const sizes = { wide: { width: 1440, height: 900 }, mid: { width: 1280, height: 800 }, tablet: { width: 1024, height: 768 }, phone: { width: 390, height: 844 } }
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})
let violations = 0
const wanted = process.env.SIZES?.split(',') ?? Object.keys(sizes)
for (const [size, viewport] of Object.entries(sizes)) {
  if (!wanted.includes(size)) continue
  for (const scheme of ['light', 'dark']) {
    for (const language of ['en', 'ko']) {
      const tag = `${size}-${scheme}-${language}`
      const context = await browser.newContext({ viewport, colorScheme: scheme, locale: language, timezoneId: 'Asia/Seoul', hasTouch: size === 'phone' })
      const page = await context.newPage()
      page.on('console', (message) => message.type() === 'error' && !/401/.test(message.text()) && console.log(tag, 'console:', message.text().slice(0, 300)))
      page.on('response', (response) => response.status() === 404 && !response.url().includes(conversation(999)) && console.log(tag, '404:', response.url()))
      page.on('pageerror', (error) => console.log(tag, 'error:', error.message.slice(0, 300)))
      for (const screen of screens) {
        const id = `${screen.name}-${tag}`
        if (!id.includes(filter) && !new RegExp(filter).test(id)) continue
        if (size === 'phone' ? screen.wide : screen.narrow) continue
        await post(`reset?as=${screen.as ?? 'admin'}&latency=0`)
        if (screen.as !== 'none') await fetch(`${base}/api/v1/session`, { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ locale: language }) })
        await screen.before?.()
        await page.goto(base + screen.path, { waitUntil: 'domcontentloaded' })
        await page.waitForSelector('main, form, h1', { timeout: 15_000 })
        await page.waitForTimeout(650)
        try {
          await screen.act?.(page)
        } catch (error) {
          console.log(id, 'act failed:', error.message.split('\n')[0])
        }
        await page.waitForTimeout(400)
        await page.screenshot({ path: `${out}/${id}.png` })
        const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
        if (wide) console.log(id, 'scrolls sideways')
        await page.evaluate(axe)
        const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'], rules: { 'label-content-name-mismatch': { enabled: true }, 'target-size': { enabled: true } } }))
        for (const violation of found.violations) {
          violations++
          console.log(id, 'axe', violation.id, violation.impact, violation.nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.any[0]?.message ?? ''}`.slice(0, 220)).join(' | '))
        }
      }
      await context.close()
    }
  }
}
await browser.close()
console.log(`axe violations: ${violations}`)
