import type { Catalog } from '../core'
import type { inbox as en } from '../en/inbox'

export const inbox: Catalog<typeof en> = {
  listLabel: '상담 목록',
  search: '이름, 주소, 메시지 검색',
  view: '보기',
  empty: {
    mine: '지금 맡은 상담이 없습니다',
    mineHelp: '상담 가능 상태이면 새 상담이 이곳에 배정됩니다.',
    away: (presence) => `지금은 ‘${presence}’ 상태라 상담이 배정되지 않습니다.`,
    become: (presence) => `‘${presence}’ 상태로 바꾸기`,
    waiting: '대기 중인 고객이 없습니다',
    other: '상담이 없습니다',
    search: '검색 결과가 없습니다',
    searchHelp: '이름, 주소 또는 메시지에 있는 단어로 찾아보세요.',
  },
  failed: '목록을 불러오지 못했습니다.',
  selectTitle: '상담을 선택하세요',
  selectHelp: '왼쪽에서 상담을 고르거나 배정을 기다려 주세요.',
  waiting: (time) => `${time} 대기`,
  unread: (n) => `읽지 않은 메시지 ${n}개`,
  fromAgent: '답변:',
  fromBot: '봇:',
  chose: '제시된 답변을 선택함',
  noMessages: '아직 메시지가 없습니다',
  attention: '확인 필요',
  parkedUntil: (time) => `${time}까지`,
  transferring: '전달 중',
  announce: (name) => `${name} 님의 새 메시지`,
  showPanel: '고객 정보',
}
