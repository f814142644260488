import { describe, expect, it } from 'vitest'
import { choosable, isRating } from './choices.ts'
import type { Item, State } from './types.ts'

const begun = Date.parse('2026-03-01T00:00:00Z')
const item = (n: number, kind: Item['from']['kind'], rest: Partial<Item> = {}): Item => ({ n, id: `id${n}`, from: { kind }, at: new Date(begun).toISOString(), ...rest })
const options = (...ids: string[]) => ({ options: ids.map((id) => ({ id, label: id })) })
const rating = options('rate/1', 'rate/2', 'rate/3')
const flow: State = { phase: 'flow' }

describe('choices', () => {
  it('knows a rating', () => {
    expect(isRating(item(1, 'bot', rating))).toBe(true)
    for (const other of [{}, { options: [] }, options('1', '2', '3', '4', '5'), options('rate/1', 'person')]) expect(isRating(item(1, 'bot', other))).toBe(false)
  })

  const cases: [string, Item[], State, number | undefined][] = [
    ['nothing', [], flow, undefined],
    ['the last question', [item(1, 'bot', options('a')), item(2, 'bot', options('b'))], flow, 2],
    ['a question that was answered', [item(1, 'bot', options('a')), item(2, 'customer', { choice: 'a' })], flow, undefined],
    ['a rating', [item(1, 'agent'), item(2, 'bot', rating)], flow, 2],
    ['a rating to which something else was said', [item(1, 'bot', rating), item(2, 'customer'), item(3, 'bot')], flow, 1],
    ['another question since', [item(1, 'bot', rating), item(2, 'customer'), item(3, 'bot', options('a'))], flow, 3],
    ['a rating that was given', [item(1, 'bot', rating), item(2, 'customer', { choice: 'rate/3' }), item(3, 'bot')], flow, undefined],
    ['an agent since', [item(1, 'bot', rating), item(2, 'customer'), item(3, 'agent')], flow, undefined],
    ['somebody has it', [item(1, 'bot', rating), item(2, 'customer')], { phase: 'queued' }, undefined],
    ['it is closed', [item(1, 'bot', rating), item(2, 'customer')], { phase: 'closed' }, undefined],
  ]
  it.each(cases)('%s', (_, items, state, n) => {
    expect(choosable(items, state, begun + 1000)?.n).toBe(n)
  })

  it('lets go of a rating in time', () => {
    expect(choosable([item(1, 'bot', rating), item(2, 'customer')], flow, begun + 10 * 60_000)).toBeUndefined()
  })
})
