import { describe, expect, it } from 'vitest'
import { plans as en } from '../../i18n/en/plans'
import { findingsAt, findingText, placeOf, wordAt, type Finding } from './findings'

const finding = (at: string, code = '', ...args: string[]): Finding => ({ at, code, args, words: 'words', doubt: false })

describe('findings', () => {
  it('are shown where they are, and counted in what they are in', () => {
    const all = ['rules[1].when', 'rules[1].steps[0].queue', 'rules[10]', 'rules[1]'].map((at) => finding(at))
    expect(findingsAt(all, 'rules[1]').map(({ at }) => at)).toEqual(['rules[1]'])
    expect(findingsAt(all, 'rules[1]', true).map(({ at }) => at)).toEqual(['rules[1].when', 'rules[1].steps[0].queue', 'rules[1]'])
  })

  it('are said in the language chosen, unknown ones in the server’s words', () => {
    expect(findingText(finding('', 'unknown_queue', 'nowhere'), en.findings)).toBe('There is no queue “nowhere”.')
    expect(findingText(finding('', 'something_new'), en.findings)).toBe('words')
    expect(findingText(finding('', 'toString'), en.findings)).toBe('words')
  })

  it('have places like those of plans', () => {
    expect(placeOf('plan.rules.0.steps.12.order_by.1.attribute')).toBe('rules[0].steps[12].order_by[1].attribute')
    expect(placeOf('plan.default.steps')).toBe('default.steps')
    expect(placeOf('rules[0].when')).toBe('rules[0].when')
  })
})

describe('the word that an error is about', () => {
  const text = "request.language == 'ko' &&\n 🌊 wether == 1"
  it.each([
    [1, 1, 'request'],
    [1, 8, '.language'],
    [2, 4, 'wether'],
    [2, 99, ''],
    [9, 1, ''],
  ])('line %i, column %i', (line, column, word) => {
    expect(text.slice(...wordAt(text, line, column))).toBe(word)
  })
})
