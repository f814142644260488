import { describe, expect, it } from 'vitest'
import cases from '../../../connectors/testdata/lengths.json'
import { lengthIn } from './length'

describe('the length of a text', () => {
  it.each(cases)('is what the server says: $text', ({ text, characters, bytes, utf16 }) => {
    expect(lengthIn(text, 'characters')).toBe(characters)
    expect(lengthIn(text, 'bytes')).toBe(bytes)
    expect(lengthIn(text, 'utf16')).toBe(utf16)
  })
})
