import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiError, networkError } from '../api/errors'
import { Outbox, type Outgoing } from './outbox'

const message = (id: string, conversationId = 'c') => ({ id, conversationId, kind: 'message' as const, text: `text ${id}`, attachments: [] })
const refused = new ApiError({ title: 'no', status: 403, code: 'not_owner', detail: 'not yours' })

beforeEach(() => {
  localStorage.clear()
  vi.useFakeTimers()
})

const states = (outbox: Outbox) => outbox.getMessages().map(({ id, state }) => `${id} ${state}`)

describe('outbox', () => {
  it('sends one at a time, in order', async () => {
    const sent: string[] = []
    let release: () => void = () => undefined
    const outbox = new Outbox('k', async ({ id }) => {
      sent.push(id)
      await new Promise<void>((resolve) => (release = resolve))
    })
    outbox.add(message('a'))
    outbox.add(message('b'))
    await vi.advanceTimersByTimeAsync(0)
    expect(sent).toEqual(['a'])
    release()
    await vi.advanceTimersByTimeAsync(0)
    expect(sent).toEqual(['a', 'b'])
  })

  it('repeats after a failure of the network with the same id, and keeps the order', async () => {
    const send = vi.fn<(one: Outgoing) => Promise<void>>().mockRejectedValueOnce(networkError()).mockResolvedValue()
    const outbox = new Outbox('k', send)
    outbox.add(message('a'))
    outbox.add(message('b'))
    await vi.advanceTimersByTimeAsync(0)
    expect(states(outbox)).toEqual(['a waiting', 'b sending'])
    await vi.advanceTimersByTimeAsync(1100)
    expect(send.mock.calls.map(([one]) => one.id)).toEqual(['a', 'a', 'b'])
    expect(states(outbox)).toEqual(['a sent', 'b sent'])
    outbox.confirm((id) => id === 'a')
    expect(states(outbox)).toEqual(['b sent'])
  })

  it('never queues the same id twice', async () => {
    const send = vi.fn<(one: Outgoing) => Promise<void>>().mockResolvedValue()
    const outbox = new Outbox('k', send)
    outbox.add(message('a'))
    outbox.add(message('a'))
    await vi.advanceTimersByTimeAsync(0)
    expect(send).toHaveBeenCalledTimes(1)
  })

  it('keeps what the server refused until somebody decides', async () => {
    const send = vi.fn<(one: Outgoing) => Promise<void>>().mockRejectedValueOnce(refused).mockResolvedValue()
    const outbox = new Outbox('k', send)
    outbox.add(message('a'))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(send).toHaveBeenCalledTimes(1)
    expect(outbox.getMessages()[0]?.problem?.code).toBe('not_owner')
    outbox.retry('a')
    await vi.advanceTimersByTimeAsync(0)
    expect(states(outbox)).toEqual(['a sent'])
  })

  it('survives a reload', async () => {
    const first = new Outbox('k', () => Promise.reject(networkError()))
    first.add(message('a'))
    await vi.advanceTimersByTimeAsync(0)
    const send = vi.fn<(one: Outgoing) => Promise<void>>().mockResolvedValue()
    const second = new Outbox('k', send)
    second.kick()
    await vi.advanceTimersByTimeAsync(0)
    expect(send.mock.calls.map(([one]) => one.id)).toEqual(['a'])
    expect(new Outbox('k', send).getMessages()).toEqual([])
  })
})
