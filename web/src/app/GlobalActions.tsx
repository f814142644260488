import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from 'react'
import { useNavigate } from 'react-router'
import { useText } from '../i18n'
import { shellText } from '../i18n/shell'
import { useActions, type Action } from './actions'
import { useNav } from './nav'
import { closeOverlay, getOverlay, openHelp, openPalette, subscribeOverlay } from './overlays'
import { builtin, usePresence } from './usePresence'

const Palette = lazy(() => import('./Palette'))
const HelpSheet = lazy(() => import('./HelpSheet'))
const PasswordDialog = lazy(() => import('./PasswordDialog'))

/** The actions that work on every page, and the overlays they open (loaded when first opened). */
export function GlobalActions() {
  const t = useText(shellText)
  const nav = useNav()
  const navigate = useNavigate()
  const { state, change } = usePresence()
  const overlay = useSyncExternalStore(subscribeOverlay, getOverlay)
  const [paletteUsed, setPaletteUsed] = useState(false)

  useEffect(() => {
    if (overlay === 'palette') setPaletteUsed(true)
  }, [overlay])

  const labels: Record<string, string> = {
    '/inbox': t.keys.goInbox,
    '/contacts': t.keys.goContacts,
    '/supervisor': t.keys.goSupervisor,
    '/admin': t.keys.goAdmin,
  }
  const go: Action[] = nav.map(({ to, keys }) => ({
    id: `go:${to}`,
    label: labels[to] ?? to,
    group: 'general',
    keys,
    run: () => void navigate(to),
  }))
  useActions([
    { id: 'palette', label: t.keys.palette, group: 'general', keys: 'mod+k', palette: false, run: openPalette },
    { id: 'help', label: t.keys.help, group: 'general', keys: '?', run: openHelp },
    ...go,
    {
      id: 'available',
      label: t.presence.backToAvailable,
      group: 'general',
      enabled: state.presence !== builtin.available,
      run: () => change.mutate({ presence: builtin.available }),
    },
  ])

  return (
    <Suspense fallback={null}>
      {(paletteUsed || overlay === 'palette') && <Palette opened={overlay === 'palette'} close={closeOverlay} />}
      {overlay === 'help' && <HelpSheet close={closeOverlay} />}
      {overlay === 'password' && <PasswordDialog close={closeOverlay} />}
    </Suspense>
  )
}
