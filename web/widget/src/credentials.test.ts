import { beforeEach, describe, expect, it } from 'vitest'
import { Refused, type SessionRequest } from './api.ts'
import { Credentials } from './credentials.ts'
import { memoryShelf, type Shelf } from './shelf.ts'
import type { Session } from './types.ts'

const day = 24 * 3600_000
let shelf: Shelf
let now: number
let asked: SessionRequest[]
let granted: [string, string | null][]
let visitor: string

beforeEach(() => {
  shelf = memoryShelf()
  now = Date.parse('2026-03-01T00:00:00Z')
  asked = []
  granted = []
  visitor = 'v1'
})

const open = () =>
  new Credentials(
    shelf,
    'who',
    async (request) => {
      asked.push(request)
      await Promise.resolve()
      return { token: `token${asked.length}`, expires_at: new Date(now + day).toISOString(), visitor_id: visitor } as Session
    },
    (session, before) => granted.push([session.visitor_id, before]),
    () => now,
  )

const expired = (good: string) => async (token: string) => {
  await Promise.resolve()
  if (token !== good) throw new Refused(401, 'visitor_token_expired')
  return token
}

describe('credentials', () => {
  it('asks once, then remembers', async () => {
    expect(await open().token()).toBe('token1')
    expect(await open().token()).toBe('token1')
    expect(asked).toHaveLength(1)
    expect(asked[0]).not.toHaveProperty('token')
  })

  it('renews in time, with the old token', async () => {
    const who = open()
    await who.token()
    now += day - 60_000
    expect(await who.token()).toBe('token2')
    expect(asked[1]?.token).toBe('token1')
    expect(granted).toEqual([
      ['v1', null],
      ['v1', 'v1'],
    ])
  })

  it('renews when the server says so, once for all who wait', async () => {
    const who = open()
    await who.token()
    const got = await Promise.all([1, 2, 3].map(() => who.with(expired('token2'))))
    expect(got).toEqual(['token2', 'token2', 'token2'])
    expect(asked).toHaveLength(2)
  })

  it('takes what another tab has renewed', async () => {
    const who = open()
    await who.token()
    const got = await who.with(async (token) => {
      if (token === 'token1') shelf.set('who', JSON.stringify({ token: 'other', expires: now + day, visitor: 'v1' }))
      return expired('other')(token)
    })
    expect(got).toBe('other')
    expect(asked).toHaveLength(1)
  })

  it('gives up when the new one is refused as well', async () => {
    await expect(open().with(expired('never'))).rejects.toThrow('401')
    expect(asked).toHaveLength(2)
  })

  it('does not hide other errors', async () => {
    await expect(open().with(() => Promise.reject(new Refused(403, 'forbidden')))).rejects.toThrow('403')
    expect(asked).toHaveLength(1)
  })

  it('sends who the shop says we are, and forgets it', async () => {
    const who = open()
    who.identity = 'signed'
    await who.renew()
    expect(asked[0]?.identity).toBe('signed')
    who.forget()
    visitor = 'v2'
    await who.renew()
    expect(asked[1]).not.toHaveProperty('token')
    expect(asked[1]).not.toHaveProperty('identity')
    expect(who.visitor).toBe('v2')
  })

  it('survives rubbish in storage', async () => {
    shelf.set('who', '{"token":')
    expect(await open().token()).toBe('token1')
  })
})
