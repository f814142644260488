import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

const pictures = process.env['SEAX_SCREENSHOTS'] ? (process.env['SEAX_PICTURES'] ?? join(import.meta.dirname, '../../test-results/screens')) : ''

/** Nothing scrolls sideways, and nothing keeps anybody out; with SEAX_SCREENSHOTS a picture is kept. */
export async function look(page: Page, name: string): Promise<void> {
  // No tooltip lies over what is looked at.
  await page.mouse.move(0, 0)
  await expect(page.locator('[role=tooltip]')).toHaveCount(0)
  await page.evaluate(() => Promise.all(document.getAnimations().filter((a) => a.effect?.getTiming().iterations !== Infinity).map((a) => a.finished.catch(() => undefined))))
  if (pictures) {
    mkdirSync(pictures, { recursive: true })
    await page.screenshot({ path: join(pictures, `${name}.png`) })
  }
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), `${name} scrolls sideways`).toBeLessThanOrEqual(0)
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(' | ')}`), name).toEqual([])
}
