import { describe, expect, it } from 'vitest'
import type { Conversation } from '../api/types'
import { newer, patchList, type ListData } from './listCache'

function conversation(id: string, minute: number, change: Partial<Conversation> = {}): Conversation {
  return {
    id,
    number: 1,
    channel: { id: 'w', kind: 'webchat', name: 'Web' },
    contact: { id: 'k', name: 'K' },
    address: '',
    flow: 'f',
    phase: 'assigned',
    agent: { id: 'me', name: 'Me' },
    last_seq: 1,
    language: 'en',
    priority: 0,
    attributes: {},
    preview: '',
    preview_from: '',
    unread: 0,
    opened_at: '2026-01-01T00:00:00Z',
    last_message_at: new Date(Date.UTC(2026, 0, 1, 1, minute)).toISOString(),
    attention: '',
    outcome: '',
    ...change,
  }
}

const list = (more: boolean, ...pages: Conversation[][]): ListData => ({
  pages: pages.map((items, index) => ({ items, ...(more || index < pages.length - 1 ? { next_cursor: 'x' } : {}) })),
  pageParams: pages.map(() => undefined),
})
const ids = (data: ListData) => data.pages.map((page) => page.items.map((item) => item.id))

describe('lists follow pushes', () => {
  const data = list(false, [conversation('a', 30), conversation('b', 20)], [conversation('c', 10)])

  it('move what has a newer message to its place', () => {
    expect(ids(patchList(data, 'mine', {}, 'me', conversation('c', 40, { last_seq: 2 })))).toEqual([['c', 'a', 'b'], []])
    expect(ids(patchList(data, 'mine', {}, 'me', conversation('b', 20, { last_seq: 2, unread: 3 })))).toEqual([['a', 'b'], ['c']])
  })

  it('put in what became mine and take out what no longer is', () => {
    expect(ids(patchList(data, 'mine', {}, 'me', conversation('d', 25)))).toEqual([['a', 'd', 'b'], ['c']])
    expect(ids(patchList(data, 'mine', {}, 'me', conversation('d', 5)))).toEqual([['a', 'b'], ['c', 'd']])
    expect(ids(patchList(data, 'mine', {}, 'me', conversation('b', 20, { last_seq: 2, agent: { id: 'other', name: '' } })))).toEqual([['a'], ['c']])
    expect(ids(patchList(data, 'mine', {}, 'me', conversation('b', 20, { last_seq: 2, phase: 'closed' })))).toEqual([['a'], ['c']])
  })

  it('put nothing behind what is not loaded yet, nor into searches', () => {
    const partial = list(true, [conversation('a', 30)])
    expect(ids(patchList(partial, 'mine', {}, 'me', conversation('d', 5)))).toEqual([['a']])
    expect(ids(patchList(partial, 'mine', { q: 'x' }, 'me', conversation('d', 50)))).toEqual([['a']])
  })

  it('keep what is due first in front, where they are sorted so', () => {
    const due = (minute: number) => ({ sla: { state: 'ok' as const, due_at: new Date(Date.UTC(2026, 0, 1, 2, minute)).toISOString(), clocks: [] } })
    const sorted = list(false, [conversation('a', 10, due(5)), conversation('b', 50, due(9))], [conversation('c', 40), conversation('d', 30)])
    const by = { sort: 'due' as const }
    expect(ids(patchList(sorted, 'waiting', by, 'me', conversation('e', 60, { phase: 'queued', ...due(7) })))).toEqual([['a', 'e', 'b'], ['c', 'd']])
    expect(ids(patchList(sorted, 'mine', by, 'me', conversation('a', 99, { last_seq: 2, ...due(5) })))).toEqual([['a', 'b'], ['c', 'd']])
    expect(ids(patchList(sorted, 'mine', by, 'me', conversation('d', 30, { last_seq: 2, ...due(1) })))).toEqual([['d', 'a', 'b'], ['c']])
    expect(ids(patchList(sorted, 'mine', by, 'me', conversation('a', 10, { last_seq: 2 })))).toEqual([['b'], ['a', 'c', 'd']])
  })

  it('take out what is no longer at risk', () => {
    const state = (state: 'ok' | 'warned' | 'breached') => ({ sla: { state, clocks: [] } })
    const risky = list(false, [conversation('a', 30, state('warned')), conversation('b', 20, state('breached'))])
    expect(ids(patchList(risky, 'open', { sla: 'at_risk' }, 'me', conversation('a', 30, { last_seq: 2, ...state('ok') })))).toEqual([['b']])
    expect(ids(patchList(risky, 'open', { sla: 'breached' }, 'me', conversation('a', 30, { last_seq: 2, ...state('warned') })))).toEqual([['b']])
    expect(ids(patchList(risky, 'open', { sla: 'at_risk' }, 'me', conversation('b', 20, { last_seq: 2, ...state('breached') })))).toEqual([['a', 'b']])
  })

  it('believe the newer state only', () => {
    const known = conversation('a', 30, { last_seq: 5 })
    expect(newer(known, conversation('a', 40, { last_seq: 4 }))).toBe(known)
    const capabilities = { max_text: 1 } as NonNullable<Conversation['capabilities']>
    expect(newer({ ...known, capabilities }, conversation('a', 30, { last_seq: 5 })).capabilities).toBe(capabilities)
    const referral = { start: 'x' }
    expect(newer({ ...known, referral }, conversation('a', 30, { last_seq: 6 })).referral).toBe(referral)
  })
})
