import { Navigate, Route, Routes } from 'react-router'
import { ConversationsPage } from '../supervisor/ConversationsPage'
import { AdminLayout } from './AdminLayout'
import { ArticlesPage } from './articles/ArticlesPage'
import { AuditPage } from './audit/AuditPage'
import { ChannelsPage } from './channels/ChannelsPage'
import { RoutingFilePage } from './file/RoutingFilePage'
import { KeysPage } from './keys/KeysPage'
import { PeoplePage } from './people/PeoplePage'
import { PlansPage } from './plans/PlansPage'
import { PresencesPage } from './presences/PresencesPage'
import { QueuesPage } from './queues/QueuesPage'
import { RepliesPage } from './replies/RepliesPage'
import { SkillsPage } from './skills/SkillsPage'

export default function AdminPages() {
  return (
    <Routes>
      <Route element={<AdminLayout />}>
        <Route index element={<Navigate to="people" replace />} />
        <Route path="people/:id?" element={<PeoplePage />} />
        <Route path="skills/:id?" element={<SkillsPage />} />
        <Route path="queues/:id?" element={<QueuesPage />} />
        <Route path="plans/:id?" element={<PlansPage />} />
        <Route path="presences/:id?" element={<PresencesPage />} />
        <Route path="channels/:id?" element={<ChannelsPage />} />
        <Route path="articles/:id?" element={<ArticlesPage />} />
        <Route path="replies/:id?" element={<RepliesPage />} />
        <Route path="keys/:id?" element={<KeysPage />} />
        <Route path="routing-file" element={<RoutingFilePage />} />
        <Route path="audit" element={<AuditPage />} />
        <Route path="conversations" element={<ConversationsPage />} />
        <Route path="*" element={<Navigate to="/admin/people" replace />} />
      </Route>
    </Routes>
  )
}
