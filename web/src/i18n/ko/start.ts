import type { Catalog } from '../core'
import type { start as en } from '../en/start'

export const start: Catalog<typeof en> = {
  button: '먼저 연락하기',
  toContact: '먼저 연락하기',
  title: '대화 시작',
  titleWith: (name) => `${name} 님에게 먼저 연락하기`,
  none: '고객에게 먼저 연락할 수 있는 채널이 없습니다.',
  failed: '채널을 불러오지 못했습니다.',
  channel: '채널',
  to: '받는 사람',
  another: '다른 주소',
  address: { phone: '국가 번호를 포함한 전화번호', email: '이메일 주소', key: '이 채널의 고객 ID' },
  placeholder: { phone: '+82 10 1234 5678', email: 'name@example.com', key: '' },
  what: '보낼 내용',
  text: '텍스트',
  template: '템플릿',
  templateOnly: '이 채널에서 첫 메시지는 승인된 템플릿이어야 합니다.',
  message: '메시지',
  waits: '지금은 채널에서 메시지를 보내지 않습니다. 다시 보낼 수 있을 때까지 대기합니다.',
  start: '시작',
  open: '이 채널에 이 고객과 진행 중인 대화가 있습니다.',
  openWith: (agent) => `이 채널에 이 고객과 진행 중인 대화가 있으며 ${agent} 님이 맡고 있습니다.`,
  goThere: '그 대화로 이동',
}
