import { defineConfig } from '@playwright/test'

export const chromium = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

// Flags with which Chromium does not call home, and runs where there is no graphics card and only root.
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export default defineConfig({
  testDir: 'tests',
  outputDir: '../../test-results',
  globalSetup: './stack.ts',
  fullyParallel: true,
  workers: 3,
  // Generous, for machines with little to spare: nothing waits longer than it must.
  timeout: 300_000,
  retries: 1,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: {
    locale: 'en-US',
    viewport: { width: 1280, height: 800 },
    actionTimeout: 30_000,
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: chromium, args: quiet },
  },
})
