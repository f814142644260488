import { describe, expect, it } from 'vitest'
import { plans as en } from '../../i18n/en/plans'
import { plans as ko } from '../../i18n/ko/plans'
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

  it.each([
    ['condition_unknown', ['requst', 'request'], '“requst” is not known here. Did you mean request?', '‘requst’은(는) 여기서 쓸 수 없는 이름입니다. 혹시 request인가요?'],
    ['condition_unknown', ['weather', ''], '“weather” is not known here.', '‘weather’은(는) 여기서 쓸 수 없는 이름입니다.'],
    ['condition_unknown_field', ['lang', 'language', 'request'], '“request” has no “lang”. Did you mean language?', '‘request’에 ‘lang’ 항목이 없습니다. 혹시 language인가요?'],
    ['condition_unknown_function', ['numb', 'num'], 'There is no function numb(). Did you mean num?', 'numb() 함수가 없습니다. 혹시 num인가요?'],
    ['condition_types', ['==', 'number', 'text'], '== does not go between a number and a text.', '숫자와(과) 텍스트 사이에는 == 연산자를 쓸 수 없습니다.'],
    ['condition_not_boolean', ['number'], 'This is a number, not a yes or no. Compare it with something.', '예/아니요가 아니라 숫자입니다. 다른 값과 비교해 주세요.'],
    ['condition_unclosed', [')'], 'A closing ) is missing.', '닫는 ) 괄호가 빠졌습니다.'],
    ['condition_hour', ['25'], '25 is no hour. Hours are from 0 to 23.', '25시는 없습니다. 시각은 0~23입니다.'],
    ['condition', ['invalid int literal'], 'This cannot be understood: invalid int literal.', '조건을 이해할 수 없습니다: invalid int literal'],
  ])('about conditions are said in either language (%s %j)', (code, args, english, korean) => {
    expect(findingText(finding('', code, ...args), en.findings)).toBe(english)
    expect(findingText(finding('', code, ...args), ko.findings)).toBe(korean)
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
