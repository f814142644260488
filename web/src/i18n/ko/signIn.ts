import type { Catalog } from '../core'
import type { signIn as en } from '../en/signIn'

export const signIn: Catalog<typeof en> = {
  title: 'SeaX 로그인',
  lead: '고객이 쓰는 모든 채널을 하나의 상담함에서.',
  email: '이메일',
  password: '비밀번호',
  submit: '로그인',
  wrong: '이메일 또는 비밀번호가 올바르지 않습니다.',
  language: '언어',
}
