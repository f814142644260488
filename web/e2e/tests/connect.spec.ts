import { expect } from '@playwright/test'
import { Agent } from '../agent.ts'
import { look } from '../look.ts'
import { base, openOffice } from '../office.ts'
import { test } from '../test.ts'

const words = {
  en: { sid: 'Account SID', token: 'Auth token', kind: 'SMS', number: /^Number/, keep: 'Leave empty to keep', quiet: 'Nothing has come', paused: 'Paused', pause: 'Sending is paused', wrong: 'It does not work yet' },
  ko: { sid: '계정 SID', token: '인증 토큰', kind: '문자', number: /^발신 번호/, keep: '비워 두면', quiet: '아직 주고받은', paused: '일시중지됨', pause: '발송 일시중지', wrong: '아직 연결되지 않습니다' },
} as const

for (const [lang, scheme] of [['en', 'light'], ['ko', 'dark']] as const) {
  test(`an admin connects a phone number, sees how it does and pauses it (${lang}, ${scheme})`, async ({ browser }) => {
    const say = words[lang]
    const office = await openOffice([], [], { lang })
    const leo = await Agent.signsIn(browser, office.admin, lang, { colorScheme: scheme })
    const { page } = leo
    const id = `${office.channel}-sms`
    await page.goto(`${base()}/admin/channels/new`)
    await page.getByRole('combobox').first().click()
    await page.getByRole('option', { name: say.kind }).first().click()
    await page.getByLabel(lang === 'ko' ? '이름' : 'Name', { exact: false }).first().fill(id)
    await page.getByLabel(say.sid).fill('AC' + '0'.repeat(32))
    await page.getByLabel(say.token).first().fill('a-secret-token-of-twilio')
    await page.getByLabel(say.number).first().fill(lang === 'ko' ? '+14155550123' : '+14155550124')
    await look(page, `connect-${lang}-${scheme}-form`)
    await page.getByTestId('test-connection').click()
    // The network of this machine ends here, or Twilio knows no such account.
    await expect(page.getByText(say.wrong)).toBeVisible()
    await look(page, `connect-${lang}-${scheme}-tested`)
    await page.getByTestId('editor-save').click()

    await expect(page.getByTestId('channel-standing')).toContainText(say.quiet)
    await expect(page.getByText(`/webhooks/sms/${id}#`)).toBeVisible()
    await expect(page.getByText(say.keep).first()).toBeVisible()
    expect(await page.content()).not.toContain('a-secret-token-of-twilio')
    await page.getByLabel(say.pause).check({ force: true })
    await page.getByTestId('editor-save').click()
    await expect(page.getByRole('row').filter({ hasText: id })).toContainText(say.paused)
    await look(page, `connect-${lang}-${scheme}`)
    leo.noProblems()
  })
}
