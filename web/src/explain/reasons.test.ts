// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Reason } from '../api/types'
import { explainText } from '../i18n/explain'
import { formatters } from '../i18n/format'
import { goDuration, reasonText, type Names } from './reasons'

const names: Names = { skill: (id) => id.toUpperCase(), queue: (id) => id, presence: (id) => id, channel: (kind) => kind }
const say = (language: 'en' | 'ko', reason: Reason) => reasonText(reason, explainText[language].reasons, formatters(language), names)

describe('goDuration', () => {
  it.each([
    ['1h2m3s', 3_723_000],
    ['20s', 20_000],
    ['1.5s', 1500],
    ['250ms', 250],
    ['4m0s', 240_000],
    ['240', 240_000],
  ])('reads %s', (text, ms) => expect(goDuration(text)).toBe(ms))

  it.each(['', 'soon', '5 s', '-3s'])('leaves %s alone', (text) => expect(goDuration(text)).toBeUndefined())
})

describe('reasonText', () => {
  it('tells a missing skill, one that is too low and one that is enough apart', () => {
    const skill = (has: string) => say('en', { code: 'skill', text: '', params: { skill: 'ko', has, wanted: '60' } })
    expect(skill('0')).toBe('Does not have KO (needs 60)')
    expect(skill('40')).toBe('KO 40, needs 60')
    expect(skill('80')).toBe('KO 80, enough for 60')
  })

  it('says in both languages what happened and when', () => {
    const reason = { code: 'excluded', text: 'rejected 20s ago', params: { reason: 'rejected', ago: '1m20s' } }
    expect(say('en', reason)).toBe('Passed on it 1m ago')
    expect(say('ko', reason)).toBe('1분 전에 넘김')
  })

  it('falls back to the server’s words', () => {
    expect(say('ko', { code: 'new_code', text: 'something new' })).toBe('something new')
    expect(say('ko', { code: 'skill', text: 'ko 40 < 60' })).toBe('ko 40 < 60')
  })
})

/** What the planner says, with the parameters it says it with. */
function codesOfThePlanner(): Map<string, string[]> {
  const folder = join(import.meta.dirname, '../../../internal/routing')
  const codes = new Map<string, string[]>()
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.go') && !name.endsWith('_test.go'))) {
    for (const line of readFileSync(join(folder, file), 'utf8').replaceAll(/,\n\s*/g, ', ').split('\n')) {
      const code = /\breason\("(\w+)"/.exec(line)?.[1]
      if (code) codes.set(code, [...line.matchAll(/, "(\w+)", /g)].map((match) => match[1] ?? ''))
    }
  }
  return codes
}

describe('every reason of the planner', () => {
  const samples: Record<string, string> = { ago: '20s', left: '20s', idle: '3m0s', load: '20', capacity: '100' }
  const codes = codesOfThePlanner()
  it('is found', () => expect(codes.size).toBeGreaterThan(25))

  it.each([...codes])('%s has words in both languages', (code, names) => {
    const all = code.endsWith('_loaded') || code === 'longest_idle' ? [...names, 'load', 'capacity'] : names
    const params = Object.fromEntries(all.map((name) => [name, samples[name] ?? '7']))
    const words = (['en', 'ko'] as const).map((language) => say(language, { code, text: 'from the server', params }))
    for (const one of words) expect(one).not.toBe('from the server')
    expect(words[1]).toMatch(/[가-힣]/)
  })
})
