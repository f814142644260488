import { NavLink } from 'react-router'
import { useText } from '../i18n'
import { shellText } from '../i18n/shell'
import { AccountMenu } from './AccountMenu'
import classes from './BottomBar.module.css'
import { useNav } from './nav'

/** Navigation on a phone. */
export function BottomBar() {
  const t = useText(shellText)
  return (
    <nav className={classes.bar} aria-label={t.nav.label}>
      {useNav().map(({ to, label, icon: Icon }) => (
        <NavLink key={to} to={to} className={({ isActive }) => `${classes.item} ${isActive ? classes.active : ''}`}>
          <Icon size={21} stroke={1.7} aria-hidden />
          <span>{label}</span>
        </NavLink>
      ))}
      <AccountMenu compact />
    </nav>
  )
}
