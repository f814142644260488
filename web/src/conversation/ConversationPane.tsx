import { Button, Group, Skeleton } from '@mantine/core'
import { IconMessageOff, IconPlugConnectedX } from '@tabler/icons-react'
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { api, call } from '../api/client'
import { asApiError } from '../api/errors'
import type { Conversation, ConversationEvent } from '../api/types'
import { Composer } from '../composer/Composer'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { conversationText } from '../i18n/conversation'
import { helps } from '../inbox/views'
import { useMe, useRole } from '../session'
import { EmptyState } from '../ui/EmptyState'
import { useContactName } from '../ui/useContactName'
import { useErrorText } from '../ui/useErrorText'
import { useLayout } from '../ui/useLayout'
import { useWork, type Work } from '../work/useWork'
import classes from './Conversation.module.css'
import { ConversationActions } from './ConversationActions'
import { ConversationHeader } from './ConversationHeader'
import { foldChanges } from './changes'
import type { FeedState } from './feed'
import type { MessageActs } from './messageActs'
import { ReadOnlyBar } from './ReadOnlyBar'
import { StateBanner } from './StateBanner'
import { Thread } from './Thread'
import { useChannelWatch } from './channelState'
import { useConversation, useLiveFeed, useOutgoing } from './useConversation'

const WrapUpPanel = lazy(() => import('../work/WrapUpPanel'))

type Props = {
  id: string
  backTo?: string
  togglePanel?: () => void
  panelOpen?: boolean
}

/** One conversation: header, messages, and what can be done with it by whoever looks. Also used by the supervisor pages. */
export function ConversationPane({ id, backTo, togglePanel, panelOpen }: Props) {
  const query = useConversation(id)
  const live = useLiveFeed(id, query.data)
  const conversation = query.data
  if (!conversation) {
    return query.isError ? <Gone error={query.error} retry={() => void query.refetch()} backTo={backTo} /> : <Loading />
  }
  return <Open conversation={conversation} {...live} backTo={backTo} togglePanel={togglePanel} panelOpen={panelOpen ?? false} />
}

type OpenProps = ReturnType<typeof useLiveFeed> & {
  conversation: Conversation
  backTo: string | undefined
  togglePanel: (() => void) | undefined
  panelOpen: boolean
}

function Open({ conversation, feed, typing, loadOlder, reload, backTo, togglePanel, panelOpen }: OpenProps) {
  const t = useText(conversationText)
  const me = useMe()
  const navigate = useNavigate()
  const name = useContactName()(conversation)
  const work = useWork(conversation.id)
  const outgoing = useOutgoing(conversation.id, feed)
  const mine = conversation.agent?.id === me.id
  const helping = helps(conversation, me.id)
  const owning = mine && conversation.phase === 'assigned'
  // Who has parked it is not the one who reads what comes: it goes to whoever takes it up.
  const seen = useMarkRead(conversation, feed, owning || (mine && conversation.phase === 'wrapping'))
  const [answering, setAnswering] = useState<ConversationEvent>()
  const acts = useActs(conversation, work, setAnswering)
  useChannelWatch(conversation, feed)
  // Of another conversation, or taken back meanwhile: it is no more.
  const changes = useMemo(() => foldChanges(feed.log.events), [feed.log.events])
  const quoted = answering?.conversation_id === conversation.id && conversation.capabilities?.replies ? answering : undefined
  const answered = quoted && !changes.get(quoted.seq)?.deleted ? { event: quoted, changes: changes.get(quoted.seq) } : undefined
  return (
    <section className={classes.conversation} aria-label={t.label(name)}>
      <ConversationHeader conversation={conversation} backTo={backTo} togglePanel={togglePanel} panelOpen={panelOpen}>
        <ConversationActions conversation={conversation} work={work} mine={mine} />
      </ConversationHeader>
      <StateBanner conversation={conversation} work={work} mine={mine} />
      {feed.status === 'failed' ? (
        <FeedFailed reload={reload} />
      ) : feed.status === 'ready' ? (
        <Thread conversation={conversation} feed={feed} outgoing={outgoing} loadOlder={loadOlder} acts={owning || helping ? acts : undefined} seen={seen} />
      ) : (
        <LoadingThread />
      )}
      <div className={classes.typing} aria-live="polite">
        {typing && (
          <>
            <span className={classes.dots} aria-hidden="true">
              <i />
              <i />
              <i />
            </span>
            {t.typing(typing.name ?? name)}
          </>
        )}
      </div>
      {mine && conversation.phase === 'wrapping' ? (
        <Suspense fallback={null}>
          <WrapUpPanel conversation={conversation} work={work} onClosed={() => backTo && void navigate(backTo)} />
        </Suspense>
      ) : owning || helping ? (
        <Composer key={conversation.id} conversation={conversation} begin={helping ? 'note' : 'reply'} answering={answered} stopAnswering={() => setAnswering(undefined)} />
      ) : (
        <ReadOnlyBar conversation={conversation} mine={mine} work={work} />
      )}
    </section>
  )
}

/** What can be done with messages; the same as long as the channel is. */
function useActs({ capabilities }: Conversation, work: Work, answer: MessageActs['answer']): MessageActs {
  const supervisor = useRole('supervisor')
  const { replies = false, reactions = false, edits = false, deletes = false } = capabilities ?? {}
  const { mutate: retry } = work.retryMessage
  const { mutate: confirm } = work.confirmMessage
  const { mutate: edit } = work.editMessage
  const { mutate: remove } = work.deleteMessage
  const { mutate: react } = work.react
  return useMemo(
    () => ({
      can: { replies, reactions, edits, deletes },
      supervisor,
      answer,
      retry: (eventId) => retry(eventId),
      confirm: (eventId) => confirm(eventId),
      edit: (eventId, text) => edit({ eventId, text }),
      remove: (eventId) => remove(eventId),
      react: (eventId, emoji) => react({ eventId, emoji }),
    }),
    [replies, reactions, edits, deletes, supervisor, answer, retry, confirm, edit, remove, react],
  )
}

/** Tells the server what the owner has read: the newest message of the customer that was on screen. */
function useMarkRead(conversation: Conversation, feed: FeedState, owner: boolean): (seq: number) => void {
  const sent = useRef(0)
  const seenUpTo = useRef(0)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const { id, unread } = conversation
  const events = feed.log.events

  const send = useCallback(() => {
    const newest = events.findLast((event) => event.kind === 'customer.message' && event.seq <= seenUpTo.current)
    clearTimeout(timer.current)
    if (!owner || unread === 0 || !newest || newest.seq <= sent.current) return
    timer.current = setTimeout(() => {
      sent.current = newest.seq
      // Not worth telling anybody: the next message tries again.
      call(api.POST('/conversations/{id}/read', { params: { path: { id } }, body: { seq: newest.seq } })).catch(() => (sent.current = 0))
    }, 300)
  }, [events, id, owner, unread])

  useEffect(() => send(), [send])
  useEffect(() => () => clearTimeout(timer.current), [])
  return useCallback(
    (seq) => {
      seenUpTo.current = Math.max(seenUpTo.current, seq)
      send()
    },
    [send],
  )
}

function FeedFailed({ reload }: { reload: () => void }) {
  const t = useText(conversationText)
  const common = useText(commonText)
  return (
    <div className={classes.fill}>
      <EmptyState icon={IconPlugConnectedX} title={t.failed}>
        <Button variant="default" mt="sm" onClick={reload}>
          {common.retry}
        </Button>
      </EmptyState>
    </div>
  )
}

/** The conversation cannot be shown: because it is not there, or because it could not be fetched. */
function Gone({ error, retry, backTo }: { error: Error; retry: () => void; backTo: string | undefined }) {
  const t = useText(conversationText)
  const common = useText(commonText)
  const errorText = useErrorText()
  const phone = useLayout() === 'phone'
  const missing = [403, 404].includes(asApiError(error).status)
  return (
    <div className={classes.gone}>
      {phone && <h1 className="sx-hidden">{missing ? t.gone : t.failed}</h1>}
      <EmptyState icon={missing ? IconMessageOff : IconPlugConnectedX} title={missing ? t.gone : t.failed} text={missing ? undefined : errorText(error)}>
        <Group mt="sm" gap="xs" justify="center">
          {backTo && (
            <Button component={Link} to={backTo} variant="default">
              {t.toList}
            </Button>
          )}
          {!missing && <Button onClick={retry}>{common.retry}</Button>}
        </Group>
      </EmptyState>
    </div>
  )
}

function LoadingThread() {
  return (
    <div className={classes.fill} aria-hidden="true">
      <div className={classes.skeletons}>
        <Skeleton height={44} width="46%" radius="lg" />
        <Skeleton height={64} width="54%" radius="lg" ml="auto" />
        <Skeleton height={44} width="38%" radius="lg" />
      </div>
    </div>
  )
}

function Loading() {
  return (
    <div className={classes.conversation} aria-hidden="true">
      <div className={classes.header}>
        <Skeleton height={36} circle />
        <Skeleton height={14} width={160} />
      </div>
      <LoadingThread />
    </div>
  )
}
