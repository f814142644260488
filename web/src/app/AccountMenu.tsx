import { Popover, UnstyledButton } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { shellText } from '../i18n/shell'
import { useMe } from '../session'
import { Avatar } from '../ui/Avatar'
import { useLayout } from '../ui/useLayout'
import classes from './Account.module.css'
import presence from './Presence.module.css'
import { usePresence } from './usePresence'

const AccountPanel = lazy(() => import('./AccountPanel'))

/** Who I am; opens my settings. On a phone it is also where presence is changed. */
export function AccountMenu({ compact }: { compact: boolean }) {
  const t = useText(shellText)
  const roles = useText(commonText).role
  const me = useMe()
  const phone = useLayout() === 'phone'
  const { tone } = usePresence()
  const [opened, setOpened] = useState(false)
  return (
    <Popover withOverlay overlayProps={{ backgroundOpacity: 0 }} opened={opened} onChange={setOpened} position={phone ? 'top-end' : 'right-end'} width={280} trapFocus returnFocus>
      <Popover.Target>
        <UnstyledButton data-testid="account-menu" className={compact ? classes.compact : classes.account} onClick={() => setOpened((was) => !was)}>
          <span className={classes.avatar}>
            <Avatar name={me.name} seed={me.id} size={30} />
            {phone && <span className={`${presence.dot} ${classes.badge}`} data-tone={tone} />}
          </span>
          {compact && (
            <span className="sx-hidden">
              {t.account.label}: {me.name}
            </span>
          )}
          {!compact && (
            <span className={classes.who}>
              <span className={classes.name}>{me.name}</span>
              <span className={classes.role}>{roles[me.role]}</span>
            <span className="sx-hidden">{t.account.label}</span>
            </span>
          )}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown p={6} aria-label={t.account.label}>
        <Suspense fallback={null}>
          <AccountPanel phone={phone} close={() => setOpened(false)} />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  )
}
