import { Suspense } from 'react'
import { Outlet, useLocation } from 'react-router'
import { useText } from '../i18n'
import { shellText } from '../i18n/shell'
import { useLayout } from '../ui/useLayout'
import { Banners } from './Banners'
import { BottomBar } from './BottomBar'
import { CrashBoundary } from './CrashBoundary'
import { GlobalActions } from './GlobalActions'
import { LiveUpdates } from './LiveUpdates'
import { LoadingPage } from './pages'
import classes from './Shell.module.css'
import { Sidebar } from './Sidebar'
import { OfferCenter } from '../offers/OfferCenter'

/** The frame around every page: navigation, presence, banners, offers. */
export function Shell() {
  const t = useText(shellText)
  const layout = useLayout()
  const [, area = '', , opened] = useLocation().pathname.split('/')
  // An open conversation has the phone's whole screen.
  const alone = layout === 'phone' && area === 'inbox' && Boolean(opened)
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#content">
        {t.skip}
      </a>
      {layout !== 'phone' && <Sidebar />}
      <div className={classes.page}>
        <Banners />
        <div id="content" className={classes.content} tabIndex={-1}>
          <CrashBoundary key={area}>
            <Suspense fallback={<LoadingPage />}>
              <Outlet />
            </Suspense>
          </CrashBoundary>
        </div>
      </div>
      {layout === 'phone' && !alone && <BottomBar />}
      <OfferCenter cramped={alone} />
      <LiveUpdates />
      <GlobalActions />
    </div>
  )
}
