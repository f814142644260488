import { Popover, UnstyledButton } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import { useLocalText, useText } from '../i18n'
import { shellText } from '../i18n/shell'
import classes from './Presence.module.css'
import { usePresence } from './usePresence'

const PresenceList = lazy(() => import('./PresenceList'))

/** My presence and load; opens the choice. */
export function PresenceSwitch({ compact }: { compact: boolean }) {
  const t = useText(shellText)
  const local = useLocalText()
  const [opened, setOpened] = useState(false)
  const { state, current, next, tone } = usePresence()
  const name = current ? local(current.label) : state.presence
  const load = t.presence.load(state.load, state.capacity)
  return (
    <Popover withOverlay overlayProps={{ backgroundOpacity: 0 }} opened={opened} onChange={setOpened} position={compact ? 'right-start' : 'bottom-start'} width={260} trapFocus returnFocus>
      <Popover.Target>
        <UnstyledButton
          className={compact ? classes.compact : classes.switch}
          data-testid="presence-switch"
          data-presence={state.presence}
          onClick={() => setOpened((was) => !was)}
          aria-label={compact ? `${t.presence.current(name)}. ${load}` : undefined}
          title={compact ? `${name} · ${load}` : undefined}
        >
          <span className={classes.row}>
            <span className={classes.dot} data-tone={tone} />
            {!compact && <span className="sx-hidden">{t.presence.label}: </span>}
            {!compact && <span className={classes.name}>{name}</span>}
            {!compact && <IconChevronDown size={15} aria-hidden />}
          </span>
          {!compact && next && <span className={classes.next}>{t.presence.next(local(next.label))}</span>}
          <Load load={state.load} capacity={state.capacity} compact={compact} />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown p={6} aria-label={t.presence.label}>
        <Suspense fallback={null}>
          <PresenceList onDone={() => setOpened(false)} />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  )
}

function Load({ load, capacity, compact }: { load: number; capacity: number; compact: boolean }) {
  const t = useText(shellText)
  const share = capacity > 0 ? Math.min(1, load / capacity) : 0
  return (
    <span className={classes.load}>
      {!compact && (
        <span className={classes.loadText}>
          <span>{t.presence.loadShort}</span>
          <span>
            {load}/{capacity}
          </span>
        </span>
      )}
      <span className={classes.track}>
        <span className={classes.fill} data-full={share >= 1} style={{ transform: `scaleX(${share})` }} />
      </span>
    </span>
  )
}
