import type { Catalog } from '../core'
import type { contacts as en } from '../en/contacts'

export const contacts: Catalog<typeof en> = {
  title: '고객',
  search: '이름과 연락처 검색',
  empty: '아직 고객이 없습니다',
  nothing: '찾는 고객이 없습니다',
  nothingHelp: '이름, 이메일 또는 번호의 일부로 찾아보세요.',
  failed: '고객 목록을 불러오지 못했습니다.',
  conversations: (n) => `상담 ${n}건`,
  select: '고객을 선택하세요',
  selectHelp: '고객이 모든 채널에서 남긴 상담을 한곳에서 볼 수 있습니다.',
  timeline: '모든 채널의 상담',
  noConversations: '상담이 없습니다',
  list: '고객 목록',
  toList: '전체 고객',
  gone: '더 이상 없는 고객입니다.',
}
