import { describe, expect, it } from 'vitest'
import { commonText } from '../i18n/common'
import { refusalText } from './useRefusalText'

describe('what a channel says when it refuses', () => {
  const { refusals } = commonText.ko
  it.each([
    ['en', 'opted_out', 'They answered STOP.', 'They answered STOP.'],
    ['en', 'opted_out', '', commonText.en.refusals.opted_out],
    ['ko', 'opted_out', 'They answered STOP.', refusals.opted_out],
    ['ko', 'rejected', '그쪽 대기열이 가득 찼습니다.', '그쪽 대기열이 가득 찼습니다.'],
    ['ko', 'of_tomorrow', 'Words of tomorrow.', 'Words of tomorrow.'],
    ['ko', undefined, undefined, refusals.unknown],
  ] as const)('is for the reader: %s, %s, %s', (language, code, words, text) => {
    expect(refusalText(language, code, words)).toBe(text)
  })
})
