import { Navigate, Route, Routes } from 'react-router'
import { ConversationsPage } from './ConversationsPage'
import { LivePage } from './LivePage'
import { SupervisorLayout } from './SupervisorLayout'
import { SimulationPage } from '../simulation/SimulationPage'

export default function SupervisorPages() {
  return (
    <Routes>
      <Route element={<SupervisorLayout />}>
        <Route path="simulation" element={<SimulationPage />} />
        <Route index element={<LivePage />} />
        <Route path="conversations" element={<ConversationsPage />} />
        <Route path="*" element={<Navigate to="/supervisor" replace />} />
      </Route>
    </Routes>
  )
}
