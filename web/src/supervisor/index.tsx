import { Navigate, Route, Routes } from 'react-router'
import { SimulationPage } from '../simulation/SimulationPage'
import { ConversationsPage } from './ConversationsPage'
import { LivePage } from './LivePage'
import { SupervisorLayout } from './SupervisorLayout'

export default function SupervisorPages() {
  return (
    <Routes>
      <Route element={<SupervisorLayout />}>
        <Route index element={<LivePage />} />
        <Route path="conversations" element={<ConversationsPage />} />
        <Route path="simulation" element={<SimulationPage />} />
        <Route path="*" element={<Navigate to="/supervisor" replace />} />
      </Route>
    </Routes>
  )
}
