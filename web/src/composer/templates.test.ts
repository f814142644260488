import { describe, expect, it } from 'vitest'
import { fillTemplate, isFilled, sortTemplates } from './templates'

const order = { id: 'HX1', name: 'order', language: 'en', header: 'Order {{2}}', body: 'Hello {{1}}, {{ 2 }} is on its way.', variables: [{ name: '1' }, { name: '2', example: 'B-9' }], options: [] }

describe('templates', () => {
  it('are filled in wherever a variable stands', () => {
    expect(fillTemplate(order, { '1': '지수', '2': ' B-7 ' })).toBe('Order B-7\nHello 지수, B-7 is on its way.')
    expect(fillTemplate(order, { '1': 'Ana', '2': ' ' })).toBe('Order {{2}}\nHello Ana, {{ 2 }} is on its way.')
  })

  it('can be sent once nothing is missing', () => {
    expect(isFilled(order, { '1': 'Ana' })).toBe(false)
    expect(isFilled(order, { '1': 'Ana', '2': '  ' })).toBe(false)
    expect(isFilled(order, { '1': 'Ana', '2': 'B-7' })).toBe(true)
  })

  it('come with the customer’s language first', () => {
    const named = (name: string, language: string) => ({ ...order, name, language })
    const sorted = sortTemplates([named('b', 'en'), named('c', 'ko_KR'), named('a', 'en')], 'ko')
    expect(sorted.map((one) => one.name)).toEqual(['c', 'a', 'b'])
  })
})
