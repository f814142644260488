import { MantineProvider } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useEffect } from 'react'
import { resolver, theme } from '../app/theme'
import { LanguageProvider } from '../i18n'
import { initialLanguage } from '../i18n/core'
import { useWallboard } from './useWallboard'
import { Wall } from './Wall'

/** A screen on the wall: some queues' numbers, large, without signing in. It looks as its token says, whatever is set in this browser. */
export default function WallboardPage({ token }: { token: string }) {
  const wall = useWallboard(token)
  const dark = useMediaQuery('(prefers-color-scheme: dark)', undefined, { getInitialValueInEffect: false })
  const wanted = wall.view?.theme ?? 'auto'
  const scheme = wanted === 'auto' ? (dark ? 'dark' : 'light') : wanted
  useAwake()
  return (
    <MantineProvider theme={theme} cssVariablesResolver={resolver} forceColorScheme={scheme}>
      <LanguageProvider fixed={wall.view?.language ?? initialLanguage()}>
        <Wall wall={wall} />
      </LanguageProvider>
    </MantineProvider>
  )
}

/** Keeps the screen from going to sleep, where the browser lets it. */
function useAwake(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | undefined
    let over = false
    const wake = () => {
      if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return
      navigator.wakeLock.request('screen').then(
        (held) => {
          lock = held
          if (over) void held.release()
        },
        () => undefined,
      )
    }
    wake()
    document.addEventListener('visibilitychange', wake)
    return () => {
      over = true
      document.removeEventListener('visibilitychange', wake)
      void lock?.release()
    }
  }, [])
}
