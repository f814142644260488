import { Tooltip } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { NavLink, useLocation } from 'react-router'
import { useText } from '../i18n'
import { shellText } from '../i18n/shell'
import { Keys } from '../ui/Keys'
import { Logo } from '../ui/Logo'
import { useLayout } from '../ui/useLayout'
import { ViewLinks } from '../inbox/ViewLinks'
import { AccountMenu } from './AccountMenu'
import { openPalette } from './overlays'
import { useNav } from './nav'
import { PresenceSwitch } from './PresenceSwitch'
import classes from './Sidebar.module.css'

/** Navigation at the left: with words on a desktop, a rail of icons on a tablet. */
export function Sidebar() {
  const t = useText(shellText)
  const nav = useNav()
  const rail = useLayout() === 'tablet'
  const inInbox = useLocation().pathname.startsWith('/inbox')
  return (
    <aside className={rail ? classes.rail : classes.sidebar}>
      <div className={classes.brand}>
        <Logo size={26} />
        {!rail && <span className={classes.name}>SeaX</span>}
      </div>
      <PresenceSwitch compact={rail} />
      <button type="button" className={classes.search} data-testid="open-palette" onClick={openPalette} aria-label={rail ? t.account.palette : undefined}>
        <IconSearch size={16} aria-hidden />
        {!rail && <span className={classes.searchText}>{t.palette.hint}</span>}
        {!rail && <Keys keys="mod+k" silent />}
      </button>
      <nav className={classes.nav} aria-label={t.nav.label}>
        {nav.map(({ to, label, icon: Icon }) => (
          <Tooltip key={to} label={label} position="right" disabled={!rail}>
            <div>
              <NavLink to={to} className={({ isActive }) => `${classes.item} ${isActive ? classes.active : ''}`} aria-label={rail ? label : undefined}>
                <Icon size={18} stroke={1.7} aria-hidden />
                {!rail && <span>{label}</span>}
              </NavLink>
              {to === '/inbox' && inInbox && !rail && <ViewLinks />}
            </div>
          </Tooltip>
        ))}
      </nav>
      <AccountMenu compact={rail} />
    </aside>
  )
}
