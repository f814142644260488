import { useEffect, useRef, useState } from 'preact/hooks'
import type { Chat, View } from '../chat.ts'
import { texts, type Texts } from '../texts.ts'
import { Composer } from './composer.tsx'
import { SurroundingsProvider } from './context.ts'
import { ChatIcon, CloseIcon, DownIcon } from './icons.tsx'
import { Log } from './log.tsx'

/** The page's own way to open and close the chat. */
export type Handle = { open: boolean; /** What has been written and not sent. */ begun: string; set: (open: boolean) => void; changed: (open: boolean) => void }

function status(view: View, t: Texts): string {
  if (view.settings === null) return t.starting
  return view.state.phase === 'assigned' ? t.with(view.state.agent ?? '') : t.status[view.state.phase]
}

/** Black or white, whichever reads better on a colour (WCAG's relative luminance). */
function ink(color: string): string {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = parseInt(color.slice(i, i + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b
  return 1.05 / (luminance + 0.05) >= 4.5 ? '#fff' : '#10201f'
}

function useView(chat: Chat): View {
  const [, again] = useState(0)
  useEffect(() => chat.subscribe(() => again((n) => n + 1)), [chat])
  return chat.view()
}

export function App({ chat, handle, theme }: { chat: Chat; handle: Handle; theme: 'light' | 'dark' | 'auto' }) {
  const view = useView(chat)
  const [open, setOpen] = useState(handle.open)
  const launcher = useRef<HTMLButtonElement>(null)
  const was = useRef(open)
  const t = texts[chat.locale]
  const color = view.settings?.color ?? '#0a7468'

  handle.set = setOpen
  useEffect(() => {
    handle.open = open
    handle.changed(open)
    if (open || chat.known) void chat.start()
    if (was.current && !open) launcher.current?.focus({ preventScroll: true })
    was.current = open
    const look = () => chat.watch(open && document.visibilityState === 'visible')
    look()
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [open])

  return (
    <SurroundingsProvider value={{ chat, t, locale: chat.locale }}>
      <div class={`seax ${open ? 'open' : ''}`} lang={chat.locale} data-theme={theme} style={{ '--tint': color, '--ink': ink(color) }}>
        {open && (
          <section
            class="panel"
            role="dialog"
            aria-label={view.settings?.title ?? t.messages}
            data-testid="seax-panel"
            onKeyDown={(e) => {
              // The page behind must not take the visitor's keys for its shortcuts.
              e.stopPropagation()
              if (e.key === 'Escape') setOpen(false)
            }}
          >
            <div class="head">
              <div class="titles">
                <h2>{view.settings?.title ?? '\u00a0'}</h2>
                <p role="status" data-testid="seax-status">
                  {view.refused === null && status(view, t)}
                </p>
              </div>
              <button type="button" class="icon" aria-label={t.close} data-testid="seax-close" onClick={() => setOpen(false)}>
                <CloseIcon />
              </button>
            </div>
            <div role="status" class="offline" data-testid="seax-offline" hidden={!view.offline}>
              {view.offline && t.offline}
            </div>
            {view.refused === null ? (
              <>
                <Log view={view} />
                <Composer view={view} focus={open} begun={handle.begun} begin={(text) => (handle.begun = text)} />
              </>
            ) : (
              <p class="refused" role="alert" data-testid="seax-notice">
                {t.refused[view.refused]}
              </p>
            )}
          </section>
        )}
        <button
          ref={launcher}
          type="button"
          class="launcher"
          aria-expanded={open}
          aria-label={open ? t.close : view.unread > 0 ? t.openUnread(view.unread) : t.open}
          data-testid="seax-launcher"
          onClick={() => setOpen(!open)}
        >
          {open ? <DownIcon /> : <ChatIcon />}
          {!open && view.unread > 0 && (
            <span class="unread" data-testid="seax-unread" aria-hidden="true">
              {view.unread > 9 ? '9+' : view.unread}
            </span>
          )}
        </button>
      </div>
    </SurroundingsProvider>
  )
}
