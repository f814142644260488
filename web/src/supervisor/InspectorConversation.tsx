import { ActionIcon, Button, CloseButton, Tabs } from '@mantine/core'
import { IconArrowLeft, IconExternalLink, IconHandGrab, IconHourglass, IconInbox } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import { Confirm } from '../admin/kit/Confirm'
import { Failed } from '../admin/kit/Page'
import { api, call } from '../api/client'
import { useQueues } from '../api/queries'
import type { Conversation } from '../api/types'
import { LoadingPage } from '../app/pages'
import { useConversation } from '../conversation/useConversation'
import { useFormat, useLocalText, useText } from '../i18n'
import { commonText } from '../i18n/common'
import { supervisorText } from '../i18n/supervisor'
import { applyConversation } from '../inbox/listCache'
import { useMe } from '../session'
import { ChannelIcon } from '../ui/ChannelIcon'
import { PhaseBadge } from '../ui/PhaseBadge'
import { useContactName } from '../ui/useContactName'
import { useNotify } from '../ui/useNotify'
import { Assign } from './Assign'
import { Explain } from './Explain'
import classes from './Inspector.module.css'
import { Since } from './Since'
import { Transcript } from './Transcript'
import { Whisper } from './Whisper'

type Props = { id: string; onBack: (() => void) | undefined; onClose: () => void }

/** One conversation read along: what is said, why it waits, and what a supervisor can do about it. */
export function InspectorConversation({ id, onBack, onClose }: Props) {
  const t = useText(supervisorText)
  const common = useText(commonText)
  const conversation = useConversation(id)
  const c = conversation.data
  const [tab, setTab] = useState<string | null>(null)
  const shown = tab ?? 'transcript'

  return (
    <section className={classes.pane} aria-label={t.inspector.conversation}>
      <header className={classes.head}>
        {onBack && (
          <ActionIcon aria-label={t.inspector.backToList} onClick={onBack}>
            <IconArrowLeft size={18} aria-hidden />
          </ActionIcon>
        )}
        <div className={classes.heading}>{c && <Heading conversation={c} />}</div>
        <CloseButton aria-label={common.close} onClick={onClose} />
      </header>
      {!c && (conversation.isError ? <Failed title={t.inspector.conversationFailed} error={conversation.error} retry={() => void conversation.refetch()} /> : <LoadingPage />)}
      {c && (
        <>
          <Actions conversation={c} />
          <Tabs className={classes.tabs} value={shown} onChange={setTab} keepMounted={false}>
            <Tabs.List className={classes.tabList}>
              <Tabs.Tab value="transcript">{t.inspector.transcript}</Tabs.Tab>
              {c.phase !== 'closed' && <Tabs.Tab value="routing">{c.phase === 'queued' ? t.inspector.routing : t.inspector.routingAssigned}</Tabs.Tab>}
            </Tabs.List>
            <Tabs.Panel value="transcript" className={classes.panel}>
              <Transcript conversation={c} />
            </Tabs.Panel>
            <Tabs.Panel value="routing" className={classes.panel} data-scroll tabIndex={0}>
              <Explain id={id} />
            </Tabs.Panel>
          </Tabs>
          {c.phase !== 'closed' && <Whisper conversation={c} />}
        </>
      )}
    </section>
  )
}

function Heading({ conversation: c }: { conversation: Conversation }) {
  const t = useText(supervisorText)
  const local = useLocalText()
  const name = useContactName()(c)
  const queues = useQueues()
  const queue = c.queue && (local(queues.data?.find((entry) => entry.id === c.queue)?.name) || c.queue)
  return (
    <>
      <h2 className={classes.title}>{name}</h2>
      <div className={classes.sub}>
        <PhaseBadge phase={c.phase} />
        <span>
          <ChannelIcon kind={c.channel.kind} size={13} />
          {c.channel.name}
        </span>
        <span>{[queue, c.agent?.name].filter(Boolean).join(' · ')}</span>
        {c.waiting_since && (
          <span>
            <IconHourglass size={13} aria-hidden />
            <span className="sx-hidden">{t.queues.waiting}</span>
            <Since since={c.waiting_since} warm />
          </span>
        )}
        {c.priority > 0 && <span>{t.inspector.priority(String(c.priority))}</span>}
        <span>{t.inspector.number(String(c.number))}</span>
      </div>
    </>
  )
}

function Actions({ conversation: c }: { conversation: Conversation }) {
  const t = useText(supervisorText)
  const common = useText(commonText)
  const format = useFormat()
  const me = useMe()
  const client = useQueryClient()
  const notify = useNotify()
  const takeOver = useMutation({
    mutationFn: () => call(api.POST('/conversations/{id}/take-over', { params: { path: { id: c.id } } })),
    onSuccess: (changed) => {
      applyConversation(client, me.id, changed)
      notify.success(t.inspector.takenOver)
    },
    onError: notify.error,
  })
  const mine = c.agent?.id === me.id && c.phase !== 'closed'
  const open = c.phase !== 'closed'

  return (
    <div className={classes.actions}>
      {mine && (
        <Button component={Link} to={`/inbox/mine/${c.id}`} size="compact-sm" variant="default" leftSection={<IconInbox size={15} aria-hidden />}>
          {t.inspector.openMine}
        </Button>
      )}
      {open && !mine && (
        <Confirm
          color="sea"
          question={c.agent ? t.inspector.takeOverFrom(c.agent.name) : t.inspector.takeOverAsk}
          yes={t.inspector.takeOverYes}
          onYes={() => takeOver.mutate()}
        >
          {(ask) => (
            <Button size="compact-sm" variant="default" loading={takeOver.isPending} leftSection={<IconHandGrab size={15} aria-hidden />} onClick={ask}>
              {t.inspector.takeOver}
            </Button>
          )}
        </Confirm>
      )}
      {open && c.phase !== 'flow' && <Assign conversation={c} />}
      {me.temporal_ui_url && (
        <Button
          component="a"
          href={`${me.temporal_ui_url}${c.id}`}
          target="_blank"
          rel="noreferrer"
          size="compact-sm"
          variant="subtle"
          color="gray"
          title={`${t.inspector.temporalHelp} (${common.newWindow}) · ${format.dateTime(c.opened_at)}`}
          rightSection={<IconExternalLink size={14} aria-hidden />}
        >
          {t.inspector.temporal}
          <span className="sx-hidden"> ({common.newWindow})</span>
        </Button>
      )}
    </div>
  )
}
