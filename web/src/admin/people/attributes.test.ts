import fc from 'fast-check'
import { expect, it } from 'vitest'
import { attributeText, attributeValue } from './attributes'

it('an attribute is the same after it was shown and read again', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(attributeValue(attributeText(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

it.each([
  ['Berlin', 'Berlin'],
  ['3', 3],
  ['"3"', '3'],
  ['true', true],
  ['["en", "ko"]', ['en', 'ko']],
  ['', ''],
  ['{half', '{half'],
])('%s is read as %o', (text, value) => {
  expect(attributeValue(text)).toEqual(value)
})
