import { randomUUID } from 'node:crypto'
import type { AgentLive, ApiKey, Article, Channel, ChannelKind, Live, LocalText, Person, Presence, Queue, SettingField, Skill } from '../src/api/types'
import { ok, problem, type Answer } from './routes.ts'
import { cannedReplies, capabilities, presences, queues, skills } from './settings.ts'
import { fixedId, iso, now, type Store } from './store.ts'

/** What every kept entry has; the mock trusts the form for the rest. */
type Entry = { id: string; version?: number }
type Input = Partial<Person & Article & Channel & Queue & Skill & Presence & ApiKey & { password: string }> & Record<string, unknown>

const minute = 60_000
const day = 24 * 60 * minute

type Levels = Record<string, number>

const levels: { skills: Levels; queues: Levels; limits?: Levels }[] = [
  { skills: { ko: 95, billing: 70 }, queues: { support: 1, orders: 2 } },
  { skills: { ko: 60, en: 90, billing: 80, tech: 55 }, queues: { support: 2, vip: 1 } },
  { skills: { ko: 90, en: 70 }, queues: {} },
  { skills: { en: 100, tech: 85 }, queues: { support: 1, orders: 1 }, limits: { webchat: 3, email: 8 } },
  { skills: { ko: 100, en: 35, billing: 90 }, queues: { billing: 1, support: 2, vip: 2 } },
  { skills: { en: 80 }, queues: { orders: 1 } },
]

/** The lists that admins edit, with versions and refusals as the server has them. */
export class AdminData {
  readonly people: Person[]
  readonly articles: Article[]
  readonly channels: Channel[]
  readonly apiKeys: ApiKey[]

  constructor(private readonly store: Store) {
    this.people = store.people.map((person, n) => ({
      id: person.id,
      email: person.email,
      name: person.name,
      role: person.role,
      locale: n % 2 === 0 ? 'ko' : 'en',
      active: n !== 5,
      capacity: person.state.capacity,
      skills: levels[n]?.skills ?? {},
      queues: levels[n]?.queues ?? {},
      channel_limits: levels[n]?.limits ?? {},
      version: 1,
    }))
    this.articles = articleTexts.map(([locale, title, body, keywords, published], n) => ({
      id: fixedId(8, n + 1),
      locale,
      title,
      body,
      keywords,
      published,
      updated_at: iso(now() - (n * 1.7 + 0.1) * day),
      version: 1,
    }))
    this.channels = [
      channel('shop-web', 'webchat', 'Shop website', 'reception', 'support', { title: 'Seabird', color: '#0c7a80', origins: 'https://seabird.example', greeting: 'Hello! How can we help?' }, 2),
      channel('kr-whatsapp', 'whatsapp', 'WhatsApp Korea', 'reception', 'support', { account_sid: 'AC2f10c1', from: '+82 70 4123 0000' }, 14),
      channel('sms-82', 'sms', 'SMS +82', 'reception', 'orders', { account_sid: 'AC2f10c1', from: '+82 70 4123 0001' }, 190),
      channel('help-mail', 'email', 'help@seabird.example', 'mail', 'support', { address: 'help@seabird.example', imap: 'imap.seabird.example:993' }, 33),
      channel('old-telegram', 'telegram', '@seabird_shop', 'reception', 'support', { bot: 'seabird_shop_bot' }),
    ]
    const last = this.channels.at(-1)
    if (last) last.enabled = false
    this.apiKeys = [
      { id: fixedId(9, 1), name: 'Web shop', role: 'agent', prefix: 'sx_k2Vd', created_at: iso(now() - 90 * day), last_used_at: iso(now() - 3 * minute) },
      { id: fixedId(9, 2), name: 'Data warehouse', role: 'supervisor', prefix: 'sx_p9Qm', created_at: iso(now() - 41 * day), last_used_at: iso(now() - 1.4 * day) },
      { id: fixedId(9, 3), name: 'Old importer', role: 'admin', prefix: 'sx_a1Zz', created_at: iso(now() - 300 * day), revoked_at: iso(now() - 20 * day) },
    ]
  }

  /** Undefined: not a page of the admins, ask the rest of the mock. */
  answer(method: string, area: string, id: string, raw: unknown, query: URLSearchParams): Answer | undefined {
    const input = (raw ?? {}) as Input
    switch (area) {
      case 'live':
        return method === 'GET' ? ok(this.live()) : undefined
      case 'people':
        return method === 'DELETE' ? this.deactivate(id) : this.list(this.people, method, id, input)
      case 'articles':
        if (method === 'GET') return ok({ items: this.found(query) })
        return this.list(this.articles, method, id, { ...input, updated_at: iso(now()) })
      case 'channels':
        if (method === 'GET') return ok({ items: this.channels, kinds: channelKinds, flows })
        if (method === 'DELETE' && id === 'shop-web') return problem(409, 'conflict', 'The channel has 214 conversations. Disable it instead.')
        return this.list(this.channels, method, id, method === 'POST' ? { ...newChannel(input), ...input } : input)
      case 'api-keys':
        return this.keys(method, id, input)
      case 'queues':
        if (method === 'DELETE' && id === 'support') return problem(409, 'conflict', '3 conversations wait in this queue and 4 channels name it.')
        return this.list(queues, method, id, { open: true, ...input })
      case 'skills':
        if (method === 'DELETE' && this.people.some((person) => id in person.skills)) return problem(409, 'conflict', 'People have this skill. Take it from them first.')
        return this.list(skills, method, id, input)
      case 'presences':
        return this.list(presences, method, id, input)
      case 'canned-replies':
        return this.list(cannedReplies, method, id, input)
      default:
        return undefined
    }
  }

  private found(query: URLSearchParams): Article[] {
    const q = (query.get('q') ?? '').toLowerCase()
    const locale = query.get('locale')
    return this.articles.filter((one) => (!locale || one.locale === locale) && `${one.title} ${one.body} ${one.keywords}`.toLowerCase().includes(q))
  }

  private list(items: Entry[], method: string, id: string, input: Input): Answer {
    const at = items.findIndex((item) => item.id === id)
    const before = items[at]
    if (method === 'GET') return ok({ items })
    if (method === 'POST') {
      if (input.email && this.people.some((person) => person.email === input.email)) {
        return problem(422, 'invalid', 'The email is taken.', { fields: { email: 'Somebody has this email already.' } })
      }
      const made: Entry = { skills: {}, queues: {}, channel_limits: {}, ...input, id: input.id ?? randomUUID(), version: 1 }
      items.push(made)
      return { status: 201, body: made }
    }
    if (!before) return problem(404, 'not_found', 'It does not exist.')
    if (method === 'DELETE') {
      items.splice(at, 1)
      return ok()
    }
    if ((input.version ?? 0) !== (before.version ?? 0)) return problem(409, 'stale_version', 'Somebody else changed it since you read it.')
    const changed: Entry = { ...before, ...input, version: (before.version ?? 0) + 1 }
    items[at] = changed
    return ok(changed)
  }

  /** As if somebody else had saved it. */
  touch(area: 'queues' | 'people', id: string): void {
    const entry: Entry | undefined = area === 'queues' ? queues.find((one) => one.id === id) : this.people.find((one) => one.id === id)
    if (entry) entry.version = (entry.version ?? 0) + 1
  }

  private deactivate(id: string): Answer {
    const person = this.people.find((one) => one.id === id)
    if (!person) return problem(404, 'not_found', 'There is no such person.')
    person.active = false
    person.version++
    return ok()
  }

  private keys(method: string, id: string, input: Input): Answer {
    if (method === 'GET') return ok({ items: this.apiKeys })
    if (method === 'POST') {
      const made: ApiKey = { id: randomUUID(), name: input.name ?? '', role: input.role ?? 'agent', prefix: 'sx_7Hq2', created_at: iso(now()) }
      this.apiKeys.push(made)
      return { status: 201, body: { ...made, key: 'sx_7Hq2vN0eT4mJx8LwRkYpZsB3cFgU6aQdH1oViE9t' } }
    }
    const key = this.apiKeys.find((one) => one.id === id)
    if (key) key.revoked_at = iso(now())
    return ok()
  }

  live(): Live {
    const all = [...this.store.conversations.values()]
    const agents = this.people.filter((person) => person.active && Object.keys(person.queues).length > 0).map((person) => this.liveAgent(person))
    const free = (agent: AgentLive) => agent.state.connected && agent.state.presence === 'available' && agent.state.load < agent.state.capacity
    return {
      queues: queues.map(({ id, name, open }) => {
        const members = agents.filter((agent) => agent.queues.includes(id))
        const mine = all.filter((c) => c.queue === id)
        const count = (phase: string) => mine.filter((c) => c.phase === phase).length
        const since = mine.filter((c) => c.phase === 'queued').map((c) => c.waiting_since ?? c.opened_at).sort()[0]
        return {
          id,
          name,
          open: open ?? true,
          waiting: count('queued'),
          offered: count('offered'),
          active: count('assigned'),
          wrapping: count('wrapping'),
          parked: count('parked'),
          ...(since ? { longest_waiting_since: since, estimated_wait_s: 60 + count('queued') * 95 } : {}),
          agents_connected: members.filter((agent) => agent.state.connected).length,
          agents_available: members.filter((agent) => agent.state.connected && agent.state.presence === 'available').length,
          agents_free: members.filter(free).length,
        }
      }),
      agents,
      bot: all.filter((c) => c.phase === 'flow').length,
      attention: all.filter((c) => c.attention).length,
      at: iso(now()),
    }
  }

  private liveAgent(person: Person): AgentLive {
    const state = this.store.people.find((one) => one.id === person.id)?.state ?? { presence: 'offline', presence_since: iso(now()), capacity: person.capacity, load: 0, connected: false }
    const mine = [...this.store.conversations.values()].filter((c) => c.agent?.id === person.id)
    return {
      id: person.id,
      name: person.name,
      state,
      queues: Object.keys(person.queues),
      skills: person.skills,
      pending: 0,
      active: mine.filter((c) => c.phase === 'assigned').length,
      wrapping: mine.filter((c) => c.phase === 'wrapping').length,
    }
  }
}

function channel(id: string, kind: string, name: string, flow: string, queue: string, settings: Record<string, string> = {}, ago?: number): Channel {
  const origin = 'https://desk.seabird.example'
  return {
    id,
    kind,
    name,
    flow,
    queue,
    cost: kind === 'email' ? 10 : 20,
    settings,
    enabled: true,
    webhook_url: `${origin}/webhooks/${kind}/${id}`,
    version: 1,
    ...(ago === undefined ? {} : { last_inbound_at: iso(now() - ago * minute) }),
    ...(kind === 'webchat'
      ? { snippet: `<script src="${origin}/webchat.js" data-channel="${id}" async></script>`, identity_secret: 'c2VhYmlyZC1pZGVudGl0eS1zZWNyZXQtMDAwMQ' }
      : {}),
  }
}

function newChannel(input: Input): Input {
  return channel(input.id ?? '', input.kind ?? '', '', '', '') as Input
}

const flows = ['reception', 'mail', 'survey']

const text = (en: string, ko: string): LocalText => ({ en, ko })

function field(name: string, type: SettingField['type'], label: LocalText, help?: LocalText, extra: Partial<SettingField> = {}): SettingField {
  return { name, type, label, ...(help ? { help } : {}), ...extra }
}

const twilio: SettingField[] = [
  field('account_sid', 'text', text('Account SID', '계정 SID'), text('Begins with AC; on the first page of the Twilio console.', 'AC로 시작하며 Twilio 콘솔 첫 화면에 있습니다.'), { required: true }),
  field('auth_token', 'secret', text('Auth token', '인증 토큰'), text('Signs what Twilio sends, and lets us send.', 'Twilio 요청의 서명 확인과 발송에 쓰입니다.'), { required: true }),
  field('from', 'text', text('Number', '번호'), text('With country code, like +82 70 1234 5678.', '국가 번호를 포함해 입력하세요. 예: +82 70 1234 5678'), { required: true }),
]

const fields: Record<string, SettingField[]> = {
  webchat: [
    field('title', 'text', text('Title', '제목'), text('At the top of the chat.', '채팅창 위에 표시됩니다.'), { default: 'Chat with us' }),
    field('color', 'color', text('Color', '색상'), text('Of the button and the customer’s messages.', '버튼과 고객 메시지의 색입니다.'), { default: '#0c7a80' }),
    field('greeting', 'textarea', text('Greeting', '인사말'), text('Shown before the first message.', '첫 메시지 전에 표시됩니다.')),
    field('origins', 'list', text('Allowed websites', '허용 사이트'), text('Pages that may show the chat, like https://shop.example.', '채팅을 띄울 수 있는 사이트입니다. 예: https://shop.example'), { required: true }),
    field('launcher', 'boolean', text('Show the button', '버튼 표시'), text('Off: your page opens the chat itself.', '끄면 페이지에서 직접 채팅을 엽니다.'), { default: 'true' }),
  ],
  whatsapp: twilio,
  sms: twilio,
  telegram: [
    field('bot', 'text', text('Bot name', '봇 이름'), undefined, { required: true }),
    field('token', 'secret', text('Bot token', '봇 토큰'), text('From @BotFather.', '@BotFather에서 받습니다.'), { required: true }),
  ],
  email: [
    field('address', 'text', text('Address', '주소'), undefined, { required: true }),
    field('imap', 'text', text('IMAP server', 'IMAP 서버'), text('Host and port.', '호스트와 포트입니다.'), { required: true }),
    field('password', 'secret', text('Password', '비밀번호'), undefined, { required: true }),
  ],
}

const none = { max_text: 4000, max_file_bytes: 0, file_types: [], options: false, typing: false, read_marks: false }

const channelKinds: ChannelKind[] = (
  [
    ['webchat', 'Web chat'],
    ['whatsapp', 'WhatsApp (Twilio)'],
    ['sms', 'SMS (Twilio)'],
    ['telegram', 'Telegram'],
    ['email', 'Email'],
  ] as const
).map(([kind, name]) => ({ kind, name, fields: fields[kind] ?? [], capabilities: capabilities[kind] ?? none }))

const articleTexts: [locale: string, title: string, body: string, keywords: string, published: boolean][] = [
  ['en', 'How long does delivery take?', 'Orders placed before 14:00 leave the same day. Within Korea they arrive in 1 to 2 working days, elsewhere in 4 to 8.', 'shipping, arrive, when, parcel', true],
  ['ko', '배송은 얼마나 걸리나요?', '오후 2시 이전 주문은 당일 출고됩니다. 국내는 영업일 기준 1~2일, 해외는 4~8일 걸립니다.', '배송기간, 택배, 도착, 언제', true],
  ['en', 'How do I return something?', 'Within 30 days: open your order, choose “Return” and print the label. We refund you as soon as the parcel is scanned.', 'send back, refund, exchange, label', true],
  ['ko', '반품은 어떻게 하나요?', '수령 후 30일 이내에 주문 내역에서 ‘반품’을 선택하고 송장을 출력해 주세요. 택배사가 접수하면 바로 환불해 드립니다.', '환불, 교환, 반송, 취소', true],
  ['en', 'My kettle does not heat up', 'Hold the button for 5 seconds until the light turns white, then descale it once. If it stays cold, we send you a new one.', 'broken, cold, warranty, repair', true],
  ['ko', '적립금은 언제 들어오나요?', '구매 확정 다음 날 적립됩니다. 1년 동안 사용하실 수 있습니다.', '포인트, 마일리지', false],
]
