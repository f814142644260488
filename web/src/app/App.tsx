import { lazy, Suspense } from 'react'
import { Navigate, Route, Routes } from 'react-router'
import { WorkspaceProvider } from '../conversation/workspace'
import { InboxPage } from '../inbox/InboxPage'
import { RealtimeProvider } from '../realtime'
import { SessionGate, useMe, useRole } from '../session'
import { CrashBoundary } from './CrashBoundary'
import { FailedPage, LoadingPage, NotFoundPage } from './pages'
import { Providers } from './Providers'
import { Shell } from './Shell'

const ContactsPage = lazy(() => import('../contacts/ContactsPage'))
const SupervisorPages = lazy(() => import('../supervisor'))
const AdminPages = lazy(() => import('../admin'))
const WallboardPage = lazy(() => import('../wallboard/WallboardPage'))
const SignInPage = lazy(() => import('../session/SignInPage'))

/** The token of the wallboard that the address names; it is shown without signing in. */
function wallboardToken(): string | undefined {
  return /^\/wallboard\/([^/]+)\/?$/.exec(location.pathname)?.[1]
}

export function App() {
  const wallboard = wallboardToken()
  if (wallboard !== undefined) {
    return (
      <Suspense>
        <WallboardPage token={wallboard} />
      </Suspense>
    )
  }
  return (
    <Providers>
      <CrashBoundary>
        <SessionGate
          loading={<LoadingPage />}
          signedOut={
            <Suspense fallback={<LoadingPage />}>
              <SignInPage />
            </Suspense>
          }
          failed={(error, retry) => <FailedPage error={error} retry={retry} />}
        >
          <SignedIn />
        </SessionGate>
      </CrashBoundary>
    </Providers>
  )
}

function SignedIn() {
  const me = useMe()
  const supervisor = useRole('supervisor')
  const admin = useRole('admin')
  return (
    <RealtimeProvider agentId={me.id}>
      <WorkspaceProvider key={me.id}>
      <Routes>
        <Route element={<Shell />}>
          <Route index element={<Navigate to="/inbox/mine" replace />} />
          <Route path="inbox" element={<Navigate to="/inbox/mine" replace />} />
          <Route path="inbox/:view/:id?" element={<InboxPage />} />
          <Route path="contacts/:id?" element={<ContactsPage />} />
          {supervisor && <Route path="supervisor/*" element={<SupervisorPages />} />}
          {admin && <Route path="admin/*" element={<AdminPages />} />}
          <Route path="*" element={<NotFoundPage />} />
        </Route>
      </Routes>
      </WorkspaceProvider>
    </RealtimeProvider>
  )
}
