import type { CannedReply, Capabilities, Outcome, Presence, Queue, Skill } from '../src/api/types'
import { fixedId } from './store.ts'

export const presences: Presence[] = [
  { id: 'available', label: { en: 'Available', ko: '상담 가능' }, offers_work: true, position: 10, builtin: true },
  { id: 'break', label: { en: 'Break', ko: '휴식' }, offers_work: false, position: 20 },
  { id: 'meeting', label: { en: 'Meeting', ko: '회의' }, offers_work: false, position: 30 },
  { id: 'not_responding', label: { en: 'Not responding', ko: '응답 없음' }, offers_work: false, position: 90, builtin: true },
  { id: 'offline', label: { en: 'Offline', ko: '오프라인' }, offers_work: false, position: 99, builtin: true },
]

const outcomes: Outcome[] = [
  { id: 'solved', label: { en: 'Solved', ko: '해결됨' } },
  { id: 'refund', label: { en: 'Refund arranged', ko: '환불 처리' } },
  { id: 'exchange', label: { en: 'Exchange arranged', ko: '교환 처리' } },
  { id: 'follow_up', label: { en: 'Follow-up needed', ko: '후속 조치 필요' } },
  { id: 'no_answer', label: { en: 'Customer did not answer', ko: '고객 무응답' } },
]

function queue(id: string, en: string, ko: string): Queue {
  return {
    id,
    name: { en, ko },
    offer_timeout_s: 20,
    wrapup_s: 120,
    boost_s: 600,
    strict: false,
    time_zone: 'Asia/Seoul',
    hours: { mon: [['09:00', '18:00']], tue: [['09:00', '18:00']] },
    holidays: ['2026-12-25'],
    outcomes,
    open: true,
    version: 1,
  }
}

export const queues: Queue[] = [
  queue('support', 'Customer support', '고객 지원'),
  queue('billing', 'Billing and refunds', '결제·환불'),
  queue('orders', 'Orders and delivery', '주문·배송'),
  queue('vip', 'VIP', '우수 고객'),
]

export const skills: Skill[] = [
  { id: 'ko', label: { en: 'Korean', ko: '한국어' } },
  { id: 'en', label: { en: 'English', ko: '영어' } },
  { id: 'billing', label: { en: 'Billing', ko: '결제' } },
  { id: 'tech', label: { en: 'Technical', ko: '기술' } },
]

export const capabilities: Record<string, Capabilities> = {
  webchat: { max_text: 4000, max_file_bytes: 10_000_000, file_types: ['image/png', 'image/jpeg', 'image/webp', 'application/pdf'], options: true, typing: true, read_marks: true },
  whatsapp: { max_text: 4096, max_file_bytes: 16_000_000, file_types: ['image/png', 'image/jpeg', 'application/pdf'], options: true, typing: false, read_marks: true },
  sms: { max_text: 480, max_file_bytes: 0, file_types: [], options: false, typing: false, read_marks: false },
  telegram: { max_text: 4096, max_file_bytes: 20_000_000, file_types: ['image/png', 'image/jpeg', 'application/pdf'], options: true, typing: true, read_marks: false },
  line: { max_text: 5000, max_file_bytes: 0, file_types: [], options: true, typing: false, read_marks: false },
  discord: { max_text: 2000, max_file_bytes: 8_000_000, file_types: ['image/png', 'image/jpeg'], options: true, typing: true, read_marks: false },
  email: { max_text: 40_000, max_file_bytes: 20_000_000, file_types: ['image/png', 'image/jpeg', 'application/pdf'], options: false, typing: false, read_marks: false },
}

export const channelNames: Record<string, string> = {
  webchat: 'Shop website',
  whatsapp: 'WhatsApp Korea',
  sms: 'SMS +82',
  telegram: '@seabird_shop',
  line: 'LINE Official',
  discord: 'Community server',
  email: 'help@seabird.example',
}

function canned(n: number, shortcut: string, locale: string, title: string, body: string): CannedReply {
  return { id: fixedId(7, n), shortcut, locale, title, body, version: 1 }
}

export const cannedReplies: CannedReply[] = [
  canned(1, 'hello', 'en', 'Greeting', 'Hi {{contact.name}}, this is {{agent.name}} from Seabird. How can I help you today?'),
  canned(2, 'hello', 'ko', '첫 인사', '안녕하세요 {{contact.name}} 고객님, 씨버드 상담사 {{agent.name}}입니다. 무엇을 도와드릴까요?'),
  canned(3, 'refund', 'en', 'Refund takes 3–5 days', 'I have started your refund. It reaches your card within 3 to 5 working days.'),
  canned(4, 'refund', 'ko', '환불 안내', '환불 접수가 완료되었습니다. 카드사에 따라 영업일 기준 3~5일 정도 걸립니다.'),
  canned(5, 'tracking', 'en', 'Where is my parcel', 'Here is your tracking link. If it has not moved by tomorrow, write to me and I will call the carrier.'),
  canned(6, 'tracking', 'ko', '배송 조회', '배송 조회 링크를 보내드립니다. 내일까지 움직임이 없으면 다시 말씀해 주세요. 택배사에 직접 확인하겠습니다.'),
  canned(7, 'bye', 'en', 'Closing', 'Thank you, {{contact.name}}. Have a good day!'),
  canned(8, 'bye', 'ko', '마무리 인사', '감사합니다. 좋은 하루 보내세요, {{contact.name}} 고객님!'),
]
