import { describe, expect, it } from 'vitest'
import type { ConversationEvent } from '../api/types'
import { addEvent, addNewer, addOlder, emptyLog, firstSeq, hasGap, lastSeq, startLog } from './log'

function event(seq: number, kind = 'customer.message', body: ConversationEvent['body'] = {}): ConversationEvent {
  return { conversation_id: 'c', seq, id: `e${seq}`, kind, actor: { kind: 'customer' }, body, at: '2026-01-01T00:00:00Z' }
}

const seqs = (log: { events: readonly ConversationEvent[] }) => log.events.map((one) => one.seq)
const updated = (seq: number, id: string, status: string, error?: string) => event(seq, 'delivery.updated', { event_id: id, status, ...(error ? { error, code: 'unreachable' } : {}) })

describe('folding events', () => {
  it('appends in order and drops what it knows', () => {
    const log = [event(1), event(2), event(2), event(1), event(3)].reduce(addEvent, emptyLog)
    expect(seqs(log)).toEqual([1, 2, 3])
    expect(addEvent(log, event(3))).toBe(log)
  })

  it('keeps aside what comes after a gap, and takes it in when the gap is filled', () => {
    let log = startLog([event(4), event(5)], true)
    log = addEvent(log, event(8))
    log = addEvent(log, event(8))
    log = addEvent(log, event(7))
    expect(seqs(log)).toEqual([4, 5])
    expect(hasGap(log)).toBe(true)
    log = addNewer(log, [event(6), event(7)])
    expect(seqs(log)).toEqual([4, 5, 6, 7, 8])
    expect(hasGap(log)).toBe(false)
    expect(lastSeq(log)).toBe(8)
  })

  it('takes in what was pushed while the first page was fetched', () => {
    const log = startLog([event(1), event(2)], false, [event(2), event(3)])
    expect(seqs(log)).toEqual([1, 2, 3])
    const behind = startLog([event(1)], false, [event(3)])
    expect(hasGap(behind)).toBe(true)
  })

  it('puts older pages in front, once', () => {
    let log = startLog([event(10), event(11)], true)
    log = addOlder(log, [event(8), event(9)], true)
    expect(seqs(log)).toEqual([8, 9, 10, 11])
    expect(addOlder(log, [event(8), event(9)], true)).toBe(log)
    expect(addOlder(log, [event(3)], true)).toBe(log)
    log = addOlder(log, [event(6), event(7)], false)
    expect(firstSeq(log)).toBe(6)
    expect(log.older).toBe(false)
  })
})

describe('delivery marks', () => {
  const message = (status: 'queued' | 'failed' | 'delivered') => ({ ...event(1, 'agent.message'), delivery: { status } })

  it('never run backwards', () => {
    let log = startLog([message('queued')], false)
    log = addEvent(log, updated(2, 'e1', 'delivered'))
    log = addEvent(log, updated(3, 'e1', 'sent'))
    expect(log.events[0]?.delivery).toEqual({ status: 'delivered' })
  })

  it('say why a message failed, and start again when somebody retries', () => {
    let log = startLog([message('queued')], false)
    log = addEvent(log, updated(2, 'e1', 'failed', 'number is gone'))
    expect(log.events[0]?.delivery).toEqual({ status: 'failed', error: 'number is gone', code: 'unreachable' })
    log = addEvent(log, event(3, 'delivery.retried', { event_id: 'e1' }))
    expect(log.events[0]?.delivery).toEqual({ status: 'queued' })
    log = addEvent(log, updated(4, 'e1', 'sent'))
    expect(log.events[0]?.delivery).toEqual({ status: 'sent' })
  })

  it('survive a page that was written after the updates in it', () => {
    const log = startLog([message('delivered'), updated(2, 'e1', 'failed'), event(3, 'delivery.retried', { event_id: 'e1' }), updated(4, 'e1', 'sent'), updated(5, 'e1', 'delivered')], false)
    expect(log.events[0]?.delivery).toEqual({ status: 'delivered' })
  })

  it('reach messages of an older page that was fetched before they changed', () => {
    let log = startLog([updated(2, 'e1', 'sent'), updated(3, 'e1', 'delivered')], true)
    log = addOlder(log, [message('queued')], false)
    expect(log.events[0]?.delivery).toEqual({ status: 'delivered' })
  })
})
