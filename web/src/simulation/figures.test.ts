import { describe, expect, it } from 'vitest'
import { formatters } from '../i18n/format'
import { simulationText } from '../i18n/simulation'
import { changeText, valueText, verdictOf, waitText, type What } from './figures'

const t = simulationText.en
const format = formatters('en')

describe('figures', () => {
  it.each([
    [0, '0s'],
    [3.24, '3.2s'],
    [9.96, '10s'],
    [45, '45s'],
    [80.4, '1m 20s'],
    [7500, '2h 5m'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(waitText(seconds, t, format)).toBe(text)
    expect(waitText(seconds, simulationText.ko, formatters('ko'))).not.toContain('s')
  })

  it.each([
    ['service_level', 0.9254, '92.5 %'],
    ['customers', 1409, '1,409'],
    ['spread', 0.1234, '0.12'],
    ['p95_s', 149, '2m 29s'],
  ] as [What, number, string][])('%s of %d is %s', (what, value, text) => {
    expect(valueText(what, value, t, format)).toBe(text)
  })

  it.each([
    ['service_level', 0.0125, '+1.3 points'],
    ['left_share', -0.074, '−7.4 points'],
    ['mean_wait_s', -40, '−40s'],
    ['mean_wait_s', 0.001, '0s'],
    ['customers', 0, '0'],
  ] as [What, number, string][])('a change of %s by %d is %s', (what, change, text) => {
    expect(changeText(what, change, t, format)).toBe(text)
  })

  it('calls a change better or worse only when it is more than chance', () => {
    const change = (what: What, change: number, low?: number, high?: number) =>
      verdictOf({ what, before: 1, after: 1 + change, change, ...(low === undefined || high === undefined ? {} : { within: { low, high } }) })
    expect(change('service_level', 0.1, 0.05, 0.15)).toBe('better')
    expect(change('service_level', -0.1, -0.15, -0.05)).toBe('worse')
    expect(change('mean_wait_s', -10, -15, -5)).toBe('better')
    expect(change('left_share', 0.1, 0.05, 0.15)).toBe('worse')
    expect(change('mean_wait_s', -10, -25, 5)).toBe('chance')
    expect(change('mean_wait_s', 0, 0, 0)).toBe('same')
    expect(change('p95_s', -10)).toBe('unknown')
    expect(change('occupancy', 0.1, 0.05, 0.15)).toBe('unknown')
  })
})
