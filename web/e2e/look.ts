import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** Where pictures go; with "npm run screenshots" only. */
const pictures = process.env['SEAX_SCREENSHOTS'] ? (process.env['SEAX_PICTURES'] ?? join(import.meta.dirname, '../../test-results/screens')) : ''

/** Nothing scrolls sideways, every table can be read, and nothing keeps anybody out; with SEAX_SCREENSHOTS a picture is kept. */
export async function look(page: Page, name: string): Promise<void> {
  // No tooltip lies over what is looked at.
  await page.mouse.move(0, 0)
  await expect(page.locator('[role=tooltip]')).toHaveCount(0)
  await page.waitForLoadState('networkidle').catch(() => undefined)
  await page.evaluate(() => Promise.all(document.getAnimations().filter((a) => a.effect?.getTiming().iterations !== Infinity).map((a) => a.finished.catch(() => undefined))))
  if (pictures) {
    mkdirSync(pictures, { recursive: true })
    await page.screenshot({ path: join(pictures, `${name}.png`) })
  }
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), `${name} scrolls sideways`).toBeLessThanOrEqual(0)
  expect(await page.evaluate(narrow), `${name} has tables without room for what a row is about`).toEqual([])
  await accessible(page, name)
}

/** First columns that are too narrow for a name, and tables that are wider than there is room for. */
function narrow(): string[] {
  const found: string[] = []
  for (const table of document.querySelectorAll('table:has([data-first])')) {
    const label = table.getAttribute('aria-label') ?? ''
    const first = table.querySelector('[data-first]')?.getBoundingClientRect().width ?? 0
    if (first > 0 && first < 100) found.push(`${label}: ${Math.round(first)} pixels`)
    const over = table.scrollWidth - (table.parentElement?.clientWidth ?? 0)
    if (over > 1) found.push(`${label}: ${over} pixels too wide`)
  }
  return found
}

/** Nothing on the page, or within a part of it, keeps anybody out, as far as a program can tell. */
export async function accessible(page: Page, name = page.url(), within?: string): Promise<void> {
  const axe = new AxeBuilder({ page })
  const { violations } = await (within ? axe.include(within) : axe).analyze()
  const found = violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(' ')} (${n.any.map((a) => a.message).join('; ')})`).join(' | ')}`)
  expect(found, name).toEqual([])
}
