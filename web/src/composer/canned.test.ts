import { describe, expect, it } from 'vitest'
import type { CannedReply } from '../api/types'
import { cannedQuery, expandCanned, insertCanned, matchCanned } from './canned'
import { readDraft, writeDraft } from './drafts'

const reply = (shortcut: string, locale: string, title = shortcut, body = ''): CannedReply => ({ id: `${shortcut}-${locale}`, shortcut, locale, title, body, version: 1 })

describe('canned replies', () => {
  it('are asked for by a slash at the start of a word only', () => {
    expect(cannedQuery('/he', 3)).toEqual({ start: 0, end: 3, words: 'he' })
    expect(cannedQuery('Hi /re now', 6)).toEqual({ start: 3, end: 6, words: 're' })
    expect(cannedQuery('환불은 /환불', 7)).toEqual({ start: 4, end: 7, words: '환불' })
    expect(cannedQuery('and/or', 6)).toBeNull()
    expect(cannedQuery('https://a', 9)).toBeNull()
    expect(cannedQuery('/hello you', 10)).toBeNull()
  })

  it('prefer the shortcut and the language of the customer', () => {
    const all = [reply('bye', 'en', 'Goodbye, hello again'), reply('hello', 'en'), reply('hello', 'ko')]
    expect(matchCanned(all, 'hel', 'ko').map(({ id }) => id)).toEqual(['hello-ko', 'hello-en', 'bye-en'])
    expect(matchCanned(all, 'zzz', 'ko')).toEqual([])
    expect(matchCanned(all, '', 'en')).toHaveLength(3)
  })

  it('are filled in', () => {
    const values = { contact: { name: '김민수' }, agent: { name: 'Mina' } }
    expect(expandCanned('안녕하세요 {{contact.name}} 고객님, {{ agent.name }}입니다.', values)).toBe('안녕하세요 김민수 고객님, Mina입니다.')
    expect(expandCanned('Hi {{contact.name}}, hello{{what}}', { ...values, contact: { name: '' } })).toBe('Hi, hello')
    const nobody = { ...values, contact: { name: '' } }
    expect(expandCanned('Thank you, {{contact.name}}. Bye, {{contact.name}}', nobody)).toBe('Thank you. Bye')
    expect(expandCanned('안녕하세요, {{contact.name}} 고객님. 감사합니다, {{contact.name}}!', nobody)).toBe('안녕하세요, 고객님. 감사합니다!')
    expect(expandCanned('{{agent.name}} $& {{agent.name}}', { ...values, agent: { name: '$1' } })).toBe('$1 $& $1')
  })

  it('replace what was typed to find them', () => {
    expect(insertCanned('Well, /he and so on', { start: 6, end: 9, words: 'he' }, 'Hello!')).toEqual({ text: 'Well, Hello! and so on', caret: 12 })
  })
})

describe('drafts', () => {
  it('are kept per person, conversation and tab', () => {
    writeDraft('me', 'c1', 'reply', 'half a sentence')
    expect(readDraft('me', 'c1', 'reply')).toBe('half a sentence')
    expect(readDraft('me', 'c1', 'note')).toBe('')
    expect(readDraft('you', 'c1', 'reply')).toBe('')
    writeDraft('me', 'c1', 'reply', '  ')
    expect(localStorage.length).toBe(0)
  })
})
