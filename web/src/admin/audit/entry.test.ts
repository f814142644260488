import { describe, expect, it } from 'vitest'
import type { AuditEntry } from '../../api/types'
import { audit as en } from '../../i18n/en/audit'
import { audit as ko } from '../../i18n/ko/audit'
import { hasDetails, momentsOf, placeOf, sentence } from './entry'

const entry = (values: Partial<AuditEntry>): AuditEntry => ({
  id: 1,
  at: '2026-03-01T12:00:00Z',
  by: 'Grace',
  kind: 'queue',
  action: 'change',
  subject: 'support',
  about: 'Support',
  reason: '',
  fields: [],
  entries: [],
  ...values,
})
const ana = { id: 'a', name: 'Ana' }
const priority = [{ path: 'priority', from: 0, to: 7 }]

describe('an entry of the audit', () => {
  it.each<[Partial<AuditEntry>, string, string]>([
    [{ kind: 'conversation', action: 'take_over' }, 'Grace took over X', 'Grace 님이 상담을 가져옴: X'],
    [{ kind: 'conversation', action: 'take_over', other: ana }, 'Grace took over X from Ana', 'Grace 님이 Ana 님의 상담을 가져옴: X'],
    [{ kind: 'conversation', action: 'assign', other: ana }, 'Grace chose Ana for X', 'Grace 님이 Ana 님을 상담사로 지정: X'],
    [{ kind: 'conversation', action: 'priority', fields: priority }, 'Grace changed the priority of X from 0 to 7', 'Grace 님이 우선순위를 0에서 7(으)로 변경: X'],
    [{ kind: 'conversation', action: 'force_wrap_up', other: ana }, 'Grace ended Ana’s part in X', 'Grace 님이 Ana 님의 처리를 강제 종료: X'],
    [{ action: 'control', fields: [{ path: 'paused', to: true }] }, 'Grace paused the queue X', 'Grace 님이 대기열을 일시 정지: X'],
    [{ action: 'control', fields: [{ path: 'paused', to: false }] }, 'Grace ended the pause of the queue X', 'Grace 님이 대기열 일시 정지를 해제: X'],
    [{ action: 'control', fields: [{ path: 'draining', to: true }] }, 'Grace let the queue X take nothing new', 'Grace 님이 대기열의 새 상담 접수를 중단: X'],
    [{ kind: 'skill', action: 'create' }, 'Grace added the skill X', 'Grace 님이 스킬 추가: X'],
    [{ kind: 'key', action: 'revoke' }, 'Grace revoked the API key X', 'Grace 님이 API 키 폐기: X'],
    [{ kind: 'person', fields: [{ path: 'active', from: true, to: false }] }, 'Grace deactivated X', 'Grace 님이 사용자를 비활성화: X'],
    [{ kind: 'routing', action: 'apply' }, 'Grace applied a routing file', 'Grace 님이 라우팅 파일 적용'],
    [{ kind: 'plan', action: 'paint' }, 'Grace: plan.paint X', 'Grace 님: plan.paint X'],
  ])('is a sentence (%j)', (values, english, korean) => {
    expect(sentence(entry(values), 'X', en)).toBe(english)
    expect(sentence(entry(values), 'X', ko)).toBe(korean)
  })

  it('shows what its sentence does not say', () => {
    expect(hasDetails(entry({ fields: [{ path: 'width', from: 1, to: 2 }] }))).toBe(true)
    expect(hasDetails(entry({ action: 'control', fields: [{ path: 'paused', to: true }] }))).toBe(false)
    expect(hasDetails(entry({ kind: 'conversation', action: 'priority', fields: priority }))).toBe(false)
  })

  it('leads to what it is about, where that is and may be seen', () => {
    expect(placeOf(entry({}), 'admin')).toBe('/admin/queues/support')
    expect(placeOf(entry({}), 'supervisor')).toBe('/supervisor?queue=support')
    expect(placeOf(entry({ kind: 'conversation', subject: 'c' }), 'supervisor')).toBe('/supervisor/conversations?conversation=c')
    expect(placeOf(entry({ kind: 'person', subject: 'p' }), 'supervisor')).toBeUndefined()
    expect(placeOf(entry({ action: 'remove' }), 'admin')).toBeUndefined()
    expect(placeOf(entry({ kind: 'key' }), 'admin')).toBeUndefined()
  })
})

it('days are from their beginning to their end', () => {
  expect(momentsOf({ from: '', to: '' })).toEqual({})
  const { from, to } = momentsOf({ from: '2026-03-01', to: '2026-03-01' })
  expect(Date.parse(to ?? '') - Date.parse(from ?? '')).toBe(24 * 3600 * 1000)
})
