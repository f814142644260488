import { ActionIcon, Button, CloseButton, Tabs } from '@mantine/core'
import { IconArrowLeft, IconExternalLink, IconHourglass, IconInbox } from '@tabler/icons-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { useQueues } from '../api/queries'
import type { Conversation } from '../api/types'
import { LoadingPage } from '../app/pages'
import { Explain } from '../explain/Explain'
import { useConversation } from '../conversation/useConversation'
import { useLocalText, useText } from '../i18n'
import { commonText } from '../i18n/common'
import { supervisorText } from '../i18n/supervisor'
import { useMe } from '../session'
import { SlaMark } from '../sla/SlaMark'
import { ChannelIcon } from '../ui/ChannelIcon'
import { Failed } from '../ui/Failed'
import { PhaseBadge } from '../ui/PhaseBadge'
import { Since } from '../ui/Since'
import { useContactName } from '../ui/useContactName'
import { SupervisorActions } from '../work/SupervisorActions'
import classes from './Inspector.module.css'
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
    <section className={classes.pane} data-testid="inspector" aria-label={t.inspector.conversation}>
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
              <Tabs.Tab value="routing" data-testid="routing-tab">
                {c.phase === 'queued' ? t.inspector.routing : t.inspector.routingAssigned}
              </Tabs.Tab>
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
        {c.sla && (
          <span>
            <SlaMark sla={c.sla} name />
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
  const me = useMe()
  return (
    <div className={classes.actions}>
      {c.agent?.id === me.id && c.phase !== 'closed' && (
        <Button component={Link} to={`/inbox/mine/${c.id}`} size="compact-sm" variant="default" leftSection={<IconInbox size={15} aria-hidden />} data-testid="open-mine">
          {t.inspector.openMine}
        </Button>
      )}
      <SupervisorActions conversation={c} />
      {me.temporal_ui_url && (
        <Button
          component="a"
          href={`${me.temporal_ui_url}${c.id}`}
          target="_blank"
          rel="noopener noreferrer"
          size="compact-sm"
          variant="subtle"
          color="gray"
          title={t.inspector.temporalHelp}
          rightSection={<IconExternalLink size={14} aria-hidden />}
          data-testid="temporal-link"
        >
          {t.inspector.temporal}
          <span className="sx-hidden"> ({common.newWindow})</span>
        </Button>
      )}
    </div>
  )
}
