// The widget's way into a page: <script src="https://…/widget/seax.js" data-channel="…" async></script>. Optional attributes:
// data-lang (en, ko; else the page's or the browser's language), data-theme (light, dark; else the system's), data-open,
// data-identity (a signed token saying who the visitor is). The page may use window.SeaX afterwards.

import { render } from 'preact'
import { Api } from './api.ts'
import { Chat } from './chat.ts'
import { browserShelf } from './shelf.ts'
import type { Locale } from './types.ts'
import { App, type Handle } from './ui/app.tsx'
import style from './ui/style.css'

export type SeaX = {
  open(): void
  close(): void
  toggle(): void
  /** Says who the visitor is: a JWT (HS256) of the shop's server, made with the channel's identity secret. */
  identify(token: string): Promise<void>
  /** Forgets the visitor in this browser: for a shop's sign-out. */
  signOut(): Promise<void>
}

declare global {
  interface Window {
    SeaX?: SeaX
  }
}

function localeOf(asked: string | undefined): Locale {
  const wish = asked || document.documentElement.lang || navigator.language
  return wish.toLowerCase().startsWith('ko') ? 'ko' : 'en'
}

/** What a link to the page (…#seax=words) has the visitor say; the address forgets it, so that a reload does not repeat it. */
function fromLink(): string {
  const [name, words] = location.hash.slice(1).split('=')
  if (name !== 'seax' || !words) return ''
  history.replaceState(history.state, '', location.pathname + location.search)
  try {
    return decodeURIComponent(words.replaceAll('+', ' '))
  } catch {
    return ''
  }
}

function start(script: HTMLScriptElement): void {
  const { channel, lang, theme, open, identity } = script.dataset
  if (!channel) {
    console.error('SeaX: the script tag needs data-channel.')
    return
  }
  const chat = new Chat(new Api(new URL(script.src).origin, channel), browserShelf(), localeOf(lang))
  const opened = `seax:${channel}:open`
  const kept = (() => {
    try {
      return sessionStorage
    } catch {
      return null
    }
  })()
  const begun = fromLink()
  const handle: Handle = {
    begun,
    open: begun !== '' || open !== undefined || kept?.getItem(opened) === '1',
    set: () => undefined,
    // Stays open from page to page in this tab.
    changed: (on) => kept?.setItem(opened, on ? '1' : '0'),
  }
  const host = document.createElement('seax-chat')
  const root = host.attachShadow({ mode: 'open' })
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(style)
  // A constructed sheet: pages whose policy forbids inline styles show the chat as well.
  root.adoptedStyleSheets = [sheet]
  document.body.append(host)
  if (identity) void chat.identify(identity)
  render(<App chat={chat} handle={handle} theme={theme === 'light' || theme === 'dark' ? theme : 'auto'} />, root)
  window.SeaX = {
    open: () => handle.set(true),
    close: () => handle.set(false),
    toggle: () => handle.set(!handle.open),
    identify: (token) => chat.identify(token),
    signOut: () => chat.identify(''),
  }
}

const script = document.currentScript
if (script instanceof HTMLScriptElement && !window.SeaX) {
  if (document.body) start(script)
  else document.addEventListener('DOMContentLoaded', () => start(script))
}
