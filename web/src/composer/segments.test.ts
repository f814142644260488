import { describe, expect, it } from 'vitest'
import { smsSegments } from './segments'

describe('segments of SMS', () => {
  it.each([
    ['', 'gsm7', 0, 160],
    ['a', 'gsm7', 1, 159],
    ['a'.repeat(160), 'gsm7', 1, 0],
    ['a'.repeat(161), 'gsm7', 2, 145],
    ['a'.repeat(306), 'gsm7', 2, 0],
    ['a'.repeat(307), 'gsm7', 3, 152],
    // The euro takes two, and is not divided.
    ['€'.repeat(80), 'gsm7', 1, 0],
    ['€'.repeat(81), 'gsm7', 2, 143],
    ['가'.repeat(70), 'ucs2', 1, 0],
    ['가'.repeat(71), 'ucs2', 2, 63],
    // A surrogate pair is not divided either: 33 of them fit into 67.
    ['👍'.repeat(36), 'ucs2', 2, 61],
    ['a’', 'ucs2', 1, 68],
    // So do brackets and the like, and a pair that would begin on the last place of an SMS goes into the next one.
    ['^{}[~]|\\', 'gsm7', 1, 144],
    ['a'.repeat(152) + '[' + 'a'.repeat(10), 'gsm7', 2, 141],
    ['a'.repeat(66) + '👍'.repeat(3), 'ucs2', 2, 61],
    ['Grüße, señor ¿qué?', 'gsm7', 1, 142],
  ] as const)('%#', (text, encoding, count, left) => {
    expect(smsSegments(text)).toEqual({ encoding, count, left })
  })
})
