import { NavLink, Outlet } from 'react-router'
import { useText } from '../i18n'
import { auditText } from '../i18n/audit'
import { simulationText } from '../i18n/simulation'
import { supervisorText } from '../i18n/supervisor'
import classes from './Supervisor.module.css'

export function SupervisorLayout() {
  const { nav } = useText(supervisorText)
  const simulation = useText(simulationText)
  const audit = useText(auditText)
  return (
    <div className={classes.layout}>
      <nav className={classes.nav} aria-label={nav.label}>
        <NavLink className={classes.tab} to="/supervisor" end>
          {nav.live}
        </NavLink>
        <NavLink className={classes.tab} to="/supervisor/conversations">
          {nav.conversations}
        </NavLink>
        <NavLink className={classes.tab} to="/supervisor/reports">
          {nav.reports}
        </NavLink>
        <NavLink className={classes.tab} to="/supervisor/wallboards">
          {nav.wallboards}
        </NavLink>
        <NavLink className={classes.tab} to="/supervisor/simulation">
          {simulation.title}
        </NavLink>
        <NavLink className={classes.tab} to="/supervisor/audit">
          {audit.nav}
        </NavLink>
      </nav>
      <main className={classes.main}>
        <Outlet />
      </main>
    </div>
  )
}
