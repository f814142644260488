import type { Catalog } from '../core'
import type { wallboard as en } from '../en/wallboard'

export const wallboard: Catalog<typeof en> = {
  loading: '불러오는 중…',
  waiting: '대기',
  offered: (n) => `+${n} 배정 요청`,
  longest: '최장 대기',
  active: '상담 중',
  free: '여유 상담사',
  ofAvailable: (n) => `상담 가능 ${n}명 중`,
  serviceLevel: '서비스 레벨',
  speed: '응답 속도',
  answered: '응답',
  ofEntered: (n) => `인입 ${n}건`,
  abandoned: '포기',
  today: '오늘',
  closed: '운영 종료',
  agents: '상담사',
  conversations: (n) => `상담 ${n}건`,
  disconnected: '미접속',
  lost: '연결 끊김',
  lostSince: (time) => `${time} 기준 수치입니다.`,
  gone: '더 이상 표시되지 않는 전광판입니다',
  goneHelp: '링크가 폐기되었거나 사용 기간이 끝났습니다. 슈퍼바이저에게 새 링크를 요청하세요.',
  fullScreen: '전체 화면',
}
