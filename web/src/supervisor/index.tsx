import { lazy, Suspense, type ComponentType } from 'react'
import { Navigate, Route, Routes } from 'react-router'
import { LoadingPage } from '../app/pages'
import { ConversationsPage } from './ConversationsPage'
import { LivePage } from './LivePage'
import { SupervisorLayout } from './SupervisorLayout'

const AuditPage = lazy(() => import('../admin/audit/AuditPage').then((page) => ({ default: page.AuditPage })))
const ReportsPage = lazy(() => import('../reports/ReportsPage'))
const SimulationPage = lazy(() => import('../simulation/SimulationPage').then((page) => ({ default: page.SimulationPage })))
const WallboardsPage = lazy(() => import('../wallboard/WallboardsPage'))

function Later({ page: Page }: { page: ComponentType }) {
  return (
    <Suspense fallback={<LoadingPage />}>
      <Page />
    </Suspense>
  )
}

export default function SupervisorPages() {
  return (
    <Routes>
      <Route element={<SupervisorLayout />}>
        <Route index element={<LivePage />} />
        <Route path="conversations" element={<ConversationsPage />} />
        <Route path="reports" element={<Later page={ReportsPage} />} />
        <Route path="wallboards/:id?" element={<Later page={WallboardsPage} />} />
        <Route path="audit" element={<Later page={AuditPage} />} />
        <Route path="simulation" element={<Later page={SimulationPage} />} />
        <Route path="*" element={<Navigate to="/supervisor" replace />} />
      </Route>
    </Routes>
  )
}
