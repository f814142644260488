import { describe, expect, it } from 'vitest'
import { addressesOn } from './addresses'

const identity = (kind: string, address: string, realm?: string) => ({ id: address, kind, address, verified: true, since: '2026-05-01T12:00:00Z', ...(realm ? { realm } : {}) })

describe('addresses to write to', () => {
  const identities = [identity('email', 'ana@example.com'), identity('webchat', 'c0ffee', 'chat'), identity('phone', '+821012345678'), identity('sms', '+14155550100', 'texts'), identity('custom', 'ana-7', 'crm')]

  it('are the channel’s own, then others of its kind', () => {
    expect(addressesOn({ channel: { id: 'texts', kind: 'sms', name: '' }, address: 'phone' }, { identities })).toEqual(['+14155550100', '+821012345678'])
    expect(addressesOn({ channel: { id: 'mail', kind: 'email', name: '' }, address: 'email' }, { identities })).toEqual(['ana@example.com'])
  })

  it('are no ids of other accounts', () => {
    expect(addressesOn({ channel: { id: 'crm', kind: 'custom', name: '' }, address: 'key' }, { identities })).toEqual(['ana-7'])
    expect(addressesOn({ channel: { id: 'crm-2', kind: 'custom', name: '' }, address: 'key' }, { identities })).toEqual([])
    expect(addressesOn({ channel: { id: 'crm', kind: 'custom', name: '' }, address: 'key' }, undefined)).toEqual([])
  })
})
