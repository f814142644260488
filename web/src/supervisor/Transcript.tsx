import type { Conversation } from '../api/types'
import { LoadingPage } from '../app/pages'
import type { Outgoing } from '../composer/outbox'
import { Thread } from '../conversation/Thread'
import { useLiveFeed } from '../conversation/useConversation'
import { useText } from '../i18n'
import { supervisorText } from '../i18n/supervisor'
import { Failed } from '../ui/Failed'
import classes from './Inspector.module.css'

const nothing: readonly Outgoing[] = []

/** What is said, as it is said. Nothing is marked as read and nobody is told. */
export function Transcript({ conversation }: { conversation: Conversation }) {
  const t = useText(supervisorText)
  const { feed, loadOlder, reload } = useLiveFeed(conversation.id, conversation)
  if (feed.status === 'failed') return <Failed title={t.inspector.conversationFailed} error={feed.error} retry={reload} />
  if (feed.status !== 'ready') return <LoadingPage />
  return (
    <div className={classes.transcript}>
      <Thread conversation={conversation} feed={feed} outgoing={nothing} loadOlder={loadOlder} />
    </div>
  )
}
