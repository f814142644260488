import { Button } from '@mantine/core'
import { IconAlertTriangle, IconPlugConnectedX } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useText } from '../i18n'
import { shellText } from '../i18n/shell'
import { useConnection, useRealtime } from '../realtime'
import classes from './Banners.module.css'
import { builtin, usePresence } from './usePresence'

/** What an agent must know before anything else: no connection, or no longer offered work. */
export function Banners() {
  const t = useText(shellText)
  const connection = useConnection()
  const realtime = useRealtime()
  const { state, change } = usePresence()
  return (
    <div role="status">
      {connection === 'lost' && (
        <Banner tone="bad" icon={<IconPlugConnectedX size={18} aria-hidden />} text={t.connection.lost}>
          <Button size="compact-sm" variant="default" onClick={() => realtime?.retryNow()}>
            {t.connection.now}
          </Button>
        </Banner>
      )}
      {connection !== 'lost' && state.presence === builtin.notResponding && (
        <Banner tone="warn" icon={<IconAlertTriangle size={18} aria-hidden />} text={t.presence.notResponding}>
          <Button size="compact-sm" loading={change.isPending} onClick={() => change.mutate({ presence: builtin.available })}>
            {t.presence.backToAvailable}
          </Button>
        </Banner>
      )}
    </div>
  )
}

function Banner({ tone, icon, text, children }: { tone: 'warn' | 'bad'; icon: ReactNode; text: string; children: ReactNode }) {
  return (
    <div className={classes.banner} data-tone={tone}>
      {icon}
      <span className={classes.text}>{text}</span>
      {children}
    </div>
  )
}
