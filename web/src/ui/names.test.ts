import { describe, expect, it } from 'vitest'
import { readableAddress, shortCode } from './names'

describe('contacts without a name', () => {
  it('are called by an address that people can read', () => {
    expect(readableAddress('+82 10 1234 5678')).toBe('+82 10 1234 5678')
    expect(readableAddress('01997c0e-93ab-7c53-8a35-8f1f7d0f7f3a')).toBe('')
  })
  it('have a short code that stays the same', () => {
    expect(shortCode('01997c0e-93ab-7c53-8a35-8f1f7d0f7f3a')).toBe('7F3A')
  })
})
