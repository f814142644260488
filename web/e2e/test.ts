import { test as plain } from '@playwright/test'

/** A test after which everybody's windows are closed: left open they would go on working beside the next tests. */
export const test = plain.extend<{ closing: void }>({
  closing: [
    async ({ browser }, use) => {
      await use()
      await Promise.all(browser.contexts().map((context) => context.close()))
    },
    { auto: true },
  ],
})
