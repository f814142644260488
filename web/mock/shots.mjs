// Screenshots of every screen against the mock, and axe on each: node mock/shots.mjs [out folder] [filter]
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
  { name: 'account', path: '/inbox/mine', act: click(/Account and settings|계정 및 설정/) },
  { name: 'presence', path: '/inbox/mine', act: click(/My presence|내 상태/), wide: true },
  { name: 'banner', path: '/inbox/mine', before: async () => post('not-responding') },
  { name: 'contacts', path: '/contacts' },
  { name: 'contact', path: '/contacts/00000002-0000-7000-8000-000000000001' },
]

const sizes = { wide: { width: 1440, height: 900 }, mid: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } }
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})
let violations = 0
for (const [size, viewport] of Object.entries(sizes)) {
  for (const scheme of ['light', 'dark']) {
    for (const language of ['en', 'ko']) {
      const tag = `${size}-${scheme}-${language}`
      const context = await browser.newContext({ viewport, colorScheme: scheme, locale: language, timezoneId: 'Asia/Seoul', hasTouch: size === 'phone' })
      const page = await context.newPage()
      page.on('console', (message) => message.type() === 'error' && !/401/.test(message.text()) && console.log(tag, 'console:', message.text().slice(0, 300)))
      page.on('pageerror', (error) => console.log(tag, 'error:', error.message.slice(0, 300)))
      for (const screen of screens) {
        const id = `${screen.name}-${tag}`
        if (!id.includes(filter) && !new RegExp(filter).test(id)) continue
        if (screen.wide && size === 'phone') continue
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
        const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
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
