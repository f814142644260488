import { describe, expect, it } from 'vitest'
import { splitLinks } from './links'

const links = (text: string) => splitLinks(text).flatMap((part) => (part.href ? [part.text] : []))

describe('links in text', () => {
  it('keeps every character of the text', () => {
    for (const text of ['', 'no link', 'see https://a.example/x?y=1, and (http://b.example/(z)).', '주소: https://a.example/가나다.']) {
      expect(splitLinks(text).map((part) => part.text).join('')).toBe(text)
    }
  })

  it('finds http and https only', () => {
    expect(links('https://a.example. http://b.example/(z)) javascript:alert(1) data:text/html,x ftp://c')).toEqual(['https://a.example', 'http://b.example/(z)'])
  })

  it('links nothing that hides where it goes', () => {
    expect(links('https://bank.example@evil.example/')).toEqual([])
    expect(links('https://"onmouseover="x"')).toEqual([])
  })
})
