// The demo shop: its language and channel come from the page's address (?lang=ko, ?channel=frontdesk-demo).
const korean = {
  name: '하루앤씨', menu: '메뉴', navPieces: '작품', navStudio: '공방', navHelp: '도움말',
  headline: '식탁 위의 고요한 물건들', lead: '손으로 빚은 도자기, 작은 차밭 두 곳의 차, 바다 냄새만 담은 비누.',
  look: '작품 보기', ask: '문의하기', scene: '바닷가의 찻주전자와 찻잔 두 개', piecesTitle: '이달의 작품',
  p1: '물결 찻잔', p1text: '두 가지 유약이 물과 모래처럼 만납니다. 220ml.', p1price: '24,000원',
  p2: '납작한 볼', p2text: '밥도, 과일도, 열쇠도 담깁니다. 오븐 사용 가능.', p2price: '38,000원',
  p3: '봄 차', p3text: '보성 첫물차, 틴케이스 60g.', p3price: '19,500원',
  p4: '바다 비누', p4text: '올리브 오일과 천일염, 그뿐입니다. 120g.', p4price: '9,000원',
  studioTitle: '공방', studioText: '항구에서 십 분, 다섯 사람과 가마 두 개가 있습니다. 주문하신 물건은 영업일 하루 안에 종이로 싸서 보내 드립니다.',
  helpTitle: '도움말', helpText: '배송, 반품, 관리법, 상품권이 궁금하면 채팅으로 물어보세요. 도우미가 바로 답하고, 원하시면 언제든 상담사를 연결해 드립니다.',
  demo: '이 가게는 데모이며 실제로 구매할 수 없습니다.',
}

const address = new URLSearchParams(location.search)
const lang = address.get('lang') === 'ko' ? 'ko' : 'en'

if (lang === 'ko') {
  document.documentElement.lang = 'ko'
  document.title = korean.name
  for (const el of document.querySelectorAll('[data-text]')) el.textContent = korean[el.dataset.text]
  for (const el of document.querySelectorAll('[data-label]')) el.setAttribute('aria-label', korean[el.dataset.label])
}

const other = new URLSearchParams(address)
other.set('lang', lang === 'ko' ? 'en' : 'ko')
const language = document.querySelector('[data-language]')
language.href = '?' + other
language.lang = language.hreflang = lang === 'ko' ? 'en' : 'ko'
language.textContent = lang === 'ko' ? 'English' : '한국어'
document.querySelector('[data-keep]').href = '?' + address

const widget = document.createElement('script')
widget.src = '/widget/seax.js'
widget.async = true
widget.dataset.channel = address.get('channel') || 'demo'
widget.dataset.lang = lang
document.head.append(widget)

for (const button of document.querySelectorAll('[data-chat]')) button.addEventListener('click', () => window.SeaX?.open())
