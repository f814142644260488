import { IconMessages } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import { Navigate, useParams } from 'react-router'
import { useActions } from '../app/actions'
import { ConversationPane } from '../conversation/ConversationPane'
import { useConversation } from '../conversation/useConversation'
import { useText } from '../i18n'
import { inboxText } from '../i18n/inbox'
import { workText } from '../i18n/work'
import { readStored, writeStored } from '../lib/storage'
import { EmptyState } from '../ui/EmptyState'
import { useLayout } from '../ui/useLayout'
import classes from './Inbox.module.css'
import { ListPane } from './ListPane'
import { isView } from './views'

const CustomerPanel = lazy(() => import('../customer/CustomerPanel'))
const CustomerDrawer = lazy(() => import('../customer/CustomerDrawer'))
const panelKey = 'seax.panel'

/** The workspace: list, conversation, customer. */
export function InboxPage() {
  const { view, id } = useParams()
  const t = useText(inboxText)
  const work = useText(workText)
  const layout = useLayout()
  const [panelOpen, setPanelOpen] = useState(() => readStored(panelKey) !== 'closed')
  const [drawerOpen, setDrawerOpen] = useState(false)
  const [drawerUsed, setDrawerUsed] = useState(false)
  const desktop = layout === 'desktop'

  const togglePanel = () => {
    if (!desktop) {
      setDrawerUsed(true)
      setDrawerOpen((open) => !open)
      return
    }
    writeStored(panelKey, panelOpen ? 'closed' : null)
    setPanelOpen(!panelOpen)
  }
  useActions([{ id: 'panel', label: work.keys.panel, group: 'conversation', keys: 'alt+i', enabled: id !== undefined, run: togglePanel }])

  if (!isView(view)) return <Navigate to="/inbox/mine" replace />
  const showList = layout !== 'phone' || !id
  const showConversation = layout !== 'phone' || id !== undefined
  return (
    <main className={classes.inbox}>
      {showList && <ListPane view={view} selected={id} />}
      {showConversation && (
        <div className={classes.main}>
          {id ? (
            <ConversationPane key={id} id={id} backTo={`/inbox/${view}`} togglePanel={togglePanel} panelOpen={desktop && panelOpen} />
          ) : (
            <EmptyState icon={IconMessages} title={t.selectTitle} text={t.selectHelp} />
          )}
        </div>
      )}
      {id && desktop && panelOpen && <CustomerAside id={id} />}
      {id && !desktop && drawerUsed && (
        <Suspense fallback={null}>
          <CustomerDrawer conversationId={id} opened={drawerOpen} close={() => setDrawerOpen(false)} wide={layout === 'phone'} />
        </Suspense>
      )}
    </main>
  )
}

/** Who the customer is, beside the conversation; nothing beside one that is not there. */
function CustomerAside({ id }: { id: string }) {
  const t = useText(inboxText)
  const conversation = useConversation(id)
  if (conversation.isError && !conversation.data) return null
  return (
    <aside className={classes.panel} aria-label={t.showPanel}>
      <Suspense fallback={null}>
        <CustomerPanel key={id} conversationId={id} />
      </Suspense>
    </aside>
  )
}
