import type { Phase } from '../src/api/types'

/** [minutes ago, who, text or kind, extra body]. */
export type Line = [number, 'customer' | 'agent' | 'bot' | 'system' | 'note' | 'whisper' | 'event', string, Record<string, unknown>?]

export type Thread = {
  name: string
  contactNumber?: number
  address: string
  channel: string
  language: string
  phase: Phase
  owner?: 'me' | number
  queue?: string
  priority?: number
  unread?: number
  waiting?: number
  attention?: string
  transfer?: string
  email?: string
  verified?: boolean
  contactAttributes?: Record<string, string>
  attributes?: Record<string, string>
  lines: Line[]
}

const photo = { id: 'f0000000-0000-7000-8000-000000000001', name: 'scratched-lid.png', media_type: 'image/png', size: 184_000, url: '/mock/photo.svg' }
const invoice = { id: 'f0000000-0000-7000-8000-000000000002', name: 'invoice-2026-1107.pdf', media_type: 'application/pdf', size: 88_400, url: '/mock/invoice.pdf' }

const routed = (ago: number, queue: string): Line[] => [
  [ago, 'event', 'flow.step', { flow: 'reception', step: 'route', detail: 'asked for a person' }],
  [ago, 'event', 'routing.requested', { request_id: 'r', queue, skills: { en: 50 } }],
  [ago, 'event', 'reservation.created', { reservation_id: 'x', request_id: 'r', queue, deadline: '' }],
  [ago - 0.3, 'event', 'reservation.accepted', { reservation_id: 'x' }],
  [ago - 0.3, 'event', 'conversation.assigned', { reservation_id: 'x', how: 'accepted', epoch: 1 }],
]

export const threads: Thread[] = [
  {
    name: 'Olivia Brandt',
    address: '+49 151 2345 6789',
    channel: 'whatsapp',
    language: 'en',
    phase: 'assigned',
    owner: 'me',
    queue: 'billing',
    unread: 2,
    waiting: 3,
    verified: true,
    email: 'olivia.brandt@example.com',
    contactAttributes: { plan: 'Plus', customer_since: '2023-04', shop_id: 'SB-20418' },
    attributes: { order: 'SB-88213', topic: 'damaged item' },
    lines: [
      [34, 'event', 'conversation.opened', { flow: 'reception', channel: 'whatsapp' }],
      [34, 'customer', 'Hello, my kettle arrived with a scratched lid and I would like to exchange it'],
      [33.8, 'bot', 'Hello Olivia! I can help with orders, returns and invoices. What is it about?', { options: [{ id: 'return', label: 'Return or exchange' }, { id: 'invoice', label: 'Invoice' }, { id: 'person', label: 'Talk to a person' }] }],
      [32, 'customer', 'Return or exchange', { choice: 'return' }],
      [31.8, 'bot', 'You can exchange a damaged item within 30 days, free of charge. Shall I connect you with a colleague who arranges it?', { article: { id: 'a0000000-0000-7000-8000-000000000001', title: 'Exchanging a damaged item' } }],
      [31, 'customer', 'Yes please'],
      ...routed(30.5, 'billing'),
      [29, 'agent', 'Hi Olivia, this is Mina from Seabird. I am sorry about the lid! Could you send me a photo of it?'],
      [26, 'customer', 'Sure, here it is', { attachments: [photo] }],
      [25, 'note', 'Photo is clear, exchange is fine. Second exchange this year, so check stock in Hamburg first.'],
      [24, 'agent', 'Thank you, that is clearly our fault. I will send a new lid today. You can follow the parcel at https://track.example.com/SB-88213 and keep the old one.'],
      [23.6, 'whisper', 'She is a Plus customer: add the free express delivery.'],
      [23, 'agent', 'And since you are a Plus customer it goes by express, at no cost.', { status: 'delivered' }],
      [3.4, 'customer', 'That is great, thank you!'],
      [3, 'customer', 'One more thing: can I get the invoice with my company name on it?'],
    ],
  },
  {
    name: '김민수',
    address: 'minsu.kim',
    channel: 'telegram',
    language: 'ko',
    phase: 'assigned',
    owner: 'me',
    queue: 'orders',
    unread: 1,
    waiting: 11,
    contactAttributes: { 등급: '골드' },
    attributes: { 주문번호: 'SB-88190' },
    lines: [
      [52, 'event', 'conversation.opened', { flow: 'reception', channel: 'telegram' }],
      [52, 'customer', '안녕하세요, 어제 주문한 상품 배송지를 바꾸고 싶어요'],
      [51.8, 'bot', '안녕하세요! 주문 번호를 알려 주시겠어요?'],
      [50, 'customer', 'SB-88190 입니다'],
      ...routed(48, 'orders'),
      [45, 'agent', '안녕하세요 김민수 고객님, 씨버드 상담사 서민아입니다. 아직 출고 전이라 배송지를 변경할 수 있어요. 새 주소를 알려 주세요.'],
      [12, 'customer', '서울시 마포구 월드컵북로 400, 1203호로 부탁드립니다. 그리고 부재 시 문 앞에 놓아 주세요. 경비실은 저녁 8시 이후에 닫습니다.'],
    ],
  },
  {
    name: '',
    address: '0199f2aa-5b1c-7c53-8a35-8f1f7d0f7f3a',
    channel: 'webchat',
    language: 'en',
    phase: 'assigned',
    owner: 'me',
    queue: 'support',
    unread: 0,
    lines: [
      [18, 'event', 'conversation.opened', { flow: 'reception', channel: 'webchat' }],
      [18, 'customer', 'do you ship to Norway?'],
      ...routed(17, 'support'),
      [15, 'agent', 'We do! Delivery takes four to six days and customs are already in the price.'],
      [9, 'agent', 'Is there anything else I can look up for you?', { status: 'failed', error: 'The visitor has left the page and cannot be reached any more.' }],
    ],
  },
  {
    name: 'Marta Nowak',
    address: 'marta@nowak.example',
    channel: 'email',
    language: 'en',
    phase: 'wrapping',
    owner: 'me',
    queue: 'billing',
    lines: [
      [240, 'event', 'conversation.opened', { flow: 'reception', channel: 'email' }],
      [240, 'customer', 'Please find attached the invoice that shows the wrong VAT number. Ours is PL5260001246.\n\nKind regards,\nMarta Nowak', { attachments: [invoice] }],
      ...routed(200, 'billing'),
      [60, 'agent', 'Dear Ms Nowak,\n\nthe corrected invoice is on its way to you.\n\nKind regards,\nMina Seo'],
      [20, 'customer', 'Received, thank you!'],
      [1, 'event', 'conversation.wrapping', { deadline: '' }],
    ],
  },
  {
    name: '이서연',
    address: '+82 10-9876-5432',
    channel: 'sms',
    language: 'ko',
    phase: 'queued',
    queue: 'support',
    waiting: 26,
    priority: 5,
    lines: [
      [28, 'event', 'conversation.opened', { flow: 'reception', channel: 'sms' }],
      [28, 'customer', '결제가 두 번 됐어요. 확인 부탁드립니다'],
      [27.8, 'bot', '불편을 드려 죄송합니다. 상담사에게 연결해 드릴게요.'],
      [26, 'event', 'routing.requested', { request_id: 'q', queue: 'support', skills: { ko: 60, billing: 40 } }],
      [25, 'event', 'reservation.created', { reservation_id: 'y', queue: 'support' }],
      [24, 'event', 'reservation.timed_out', { reservation_id: 'y' }],
    ],
  },
  {
    name: 'James Whitfield',
    address: 'jwhitfield',
    channel: 'discord',
    language: 'en',
    phase: 'queued',
    queue: 'support',
    waiting: 6,
    lines: [
      [7, 'event', 'conversation.opened', { flow: 'reception', channel: 'discord' }],
      [7, 'customer', 'The discount code SEA10 says expired but the banner is still on your front page?'],
      [6, 'event', 'routing.requested', { request_id: 'q', queue: 'support', skills: { en: 50 } }],
    ],
  },
  {
    name: '田中 さくら',
    address: 'U4af4980629',
    channel: 'line',
    language: 'en',
    phase: 'flow',
    waiting: 1,
    lines: [
      [2, 'event', 'conversation.opened', { flow: 'reception', channel: 'line' }],
      [2, 'customer', 'Where is my order?'],
      [1.9, 'bot', 'Please type your order number. It starts with SB.'],
      [1, 'customer', 'SB-87110'],
    ],
  },
  {
    name: 'Grace Adeyemi',
    address: '+234 803 555 0142',
    channel: 'whatsapp',
    language: 'en',
    phase: 'parked',
    owner: 'me',
    queue: 'orders',
    lines: [
      [600, 'event', 'conversation.opened', { flow: 'reception', channel: 'whatsapp' }],
      [600, 'customer', 'The courier says the parcel is lost. What now?'],
      ...routed(590, 'orders'),
      [580, 'agent', 'I have opened a search with the courier; they answer by tomorrow noon. I will write to you then.'],
      [579, 'event', 'conversation.parked', { until: '', note: 'Courier answers tomorrow' }],
    ],
  },
  {
    name: '최유진',
    address: 'yujin.choi@example.kr',
    channel: 'email',
    language: 'ko',
    phase: 'assigned',
    owner: 4,
    queue: 'support',
    waiting: 44,
    unread: 3,
    attention: 'Customer has waited for more than 30 minutes',
    lines: [
      [130, 'event', 'conversation.opened', { flow: 'reception', channel: 'email' }],
      [130, 'customer', '교환 신청을 했는데 2주째 아무 연락이 없습니다.'],
      ...routed(120, 'support'),
      [100, 'agent', '안녕하세요, 확인 후 바로 연락드리겠습니다.'],
      [44, 'customer', '아직도 답이 없네요. 환불로 바꿔 주세요.'],
    ],
  },
  {
    name: 'Lucas Meyer',
    address: 'lucas.meyer@example.com',
    channel: 'email',
    language: 'en',
    phase: 'assigned',
    owner: 'me',
    queue: 'support',
    transfer: 'billing',
    lines: [
      [90, 'event', 'conversation.opened', { flow: 'reception', channel: 'email' }],
      [90, 'customer', 'I was charged for two orders but I only placed one. Could you look into it?'],
      ...routed(80, 'support'),
      [70, 'agent', 'Hello Lucas, I see both charges. My colleagues in billing can give one of them back; I am handing you over.'],
      [2, 'event', 'conversation.transferred', { to_queue: 'billing', note: 'Customer asks for a refund of two orders', state: 'started' }],
    ],
  },
  {
    name: 'Olivia Brandt',
    contactNumber: 1,
    address: 'olivia.brandt@example.com',
    channel: 'email',
    language: 'en',
    phase: 'closed',
    owner: 4,
    queue: 'support',
    lines: [
      [40_000, 'event', 'conversation.opened', { flow: 'reception', channel: 'email' }],
      [40_000, 'customer', 'Which filter fits the SK-200 kettle?'],
      [39_900, 'agent', 'The F-20. I have put one into your basket.'],
      [39_800, 'event', 'conversation.wrapped', { outcome: 'solved' }],
      [39_800, 'event', 'conversation.closed', { reason: 'done' }],
    ],
  },
  long(),
]

/** A conversation of thousands of events, to see that scrolling stays smooth. */
function long(): Thread {
  const lines: Line[] = [[9000, 'event', 'conversation.opened', { flow: 'reception', channel: 'discord' }]]
  for (let n = 0; n < 3000; n++) {
    const ago = 8990 - n * 2.9
    if (n % 7 === 0) lines.push([ago, 'agent', `Step ${n}: please try this and tell me what you see.`])
    else if (n % 11 === 0) lines.push([ago, 'event', 'conversation.updated', { attributes: { step: `${n}` } }])
    else lines.push([ago, 'customer', n % 5 === 0 ? `Message ${n}, a longer one: the device blinks twice, then waits a while, and then it starts over from the beginning as if nothing had happened.` : `Message ${n}`])
  }
  return { name: 'Endless Thread', address: 'endless', channel: 'discord', language: 'en', phase: 'assigned', owner: 'me', queue: 'support', lines }
}

const names = ['Noah Weber', '박지훈', 'Emma Rossi', '정하은', 'Liam Murphy', '강도윤', 'Sofia Almeida', '윤서준', 'Ava Johansson', '임수아', 'Ethan Clarke', '오예준']
const questions = ['When will my order arrive?', '주문 취소하고 싶어요', 'Can I change the color?', '영수증 재발급 부탁드립니다', 'Is the store open on Sunday?', '포인트는 언제 들어오나요?']
const kinds = ['webchat', 'whatsapp', 'sms', 'telegram', 'line', 'email']

/** Closed ones, so that lists are long. */
export function generated(count: number): Thread[] {
  return Array.from({ length: count }, (_, n): Thread => {
    const ago = 300 + n * 170
    const korean = n % 2 === 1
    return {
      name: names[n % names.length] ?? '',
      address: `+82 10-55${String(n).padStart(2, '0')}-${String(n * 37 % 10_000).padStart(4, '0')}`,
      channel: kinds[n % kinds.length] ?? 'webchat',
      language: korean ? 'ko' : 'en',
      phase: 'closed',
      owner: (n % 3) + 4,
      queue: 'support',
      lines: [
        [ago, 'event', 'conversation.opened', { flow: 'reception', channel: 'webchat' }],
        [ago, 'customer', questions[n % questions.length] ?? ''],
        ...routed(ago - 5, 'support'),
        [ago - 10, 'agent', korean ? '확인해 드렸습니다. 감사합니다!' : 'Done. Have a nice day!'],
        [ago - 20, 'event', 'conversation.closed', { reason: 'done' }],
      ],
    }
  })
}
