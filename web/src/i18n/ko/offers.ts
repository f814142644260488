import type { Catalog } from '../core'
import type { offers as en } from '../en/offers'

export const offers: Catalog<typeof en> = {
  label: '배정 요청',
  title: '새 배정 요청',
  announce: (name, channel) => `새 배정 요청: ${channel}의 ${name} 님`,
  accept: '수락',
  reject: '넘기기',
  rejectWith: '이유를 적고 넘기기',
  otherReason: '다른 이유…',
  reasonPlaceholder: '지금 어려운 이유',
  passOn: '넘기기',
  reasons: { busy: '다른 고객을 응대 중', skill: '담당 분야가 아님', break: '곧 휴식 시간', language: '가능한 언어가 아님' },
  left: (seconds) => `응답까지 ${seconds}초 남음`,
  queue: '대기열',
  skills: '필요 역량',
  skill: (name, level) => `${name} ${level} 이상`,
  why: '배정 이유',
  whyCode: {
    known_agent: '이전에 응대한 고객입니다',
    longest_idle: '가장 오래 비어 있었습니다',
    preferred_skill: '역량이 가장 잘 맞습니다',
    assigned: '슈퍼바이저가 지정했습니다',
  },
  waitingSince: (time) => `${time} 대기`,
  from: (name) => `${name} 님이 전달`,
  gone: (name) => `${name} 님이 맡았습니다.`,
  goneRescinded: '배정 요청이 회수되었습니다.',
  goneTimedOut: '응답 시간이 지났습니다.',
  goneCanceled: '고객이 더 이상 기다리지 않습니다.',
  titleBlink: (n) => (n === 1 ? '새 배정 요청' : `배정 요청 ${n}건`),
  noMessages: '아직 메시지가 없습니다',
}
