import { ActionIcon, Tooltip } from '@mantine/core'
import { IconArrowLeft, IconLayoutSidebarRight } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { useQueues } from '../api/queries'
import type { Conversation } from '../api/types'
import { useLocalText, useText } from '../i18n'
import { commonText } from '../i18n/common'
import { conversationText } from '../i18n/conversation'
import { useMe } from '../session'
import { SlaMark } from '../sla/SlaMark'
import { Avatar } from '../ui/Avatar'
import { ChannelIcon, useChannelName } from '../ui/ChannelIcon'
import { PhaseBadge } from '../ui/PhaseBadge'
import { useContactName } from '../ui/useContactName'
import { useLayout } from '../ui/useLayout'
import classes from './Conversation.module.css'

type Props = {
  conversation: Conversation
  backTo: string | undefined
  togglePanel: (() => void) | undefined
  panelOpen: boolean
  children: ReactNode
}

export function ConversationHeader({ conversation: c, backTo, togglePanel, panelOpen, children }: Props) {
  const t = useText(conversationText)
  const common = useText(commonText)
  const me = useMe()
  const local = useLocalText()
  const layout = useLayout()
  const name = useContactName()(c)
  const channelName = useChannelName()
  const { data: queues } = useQueues()
  // On a phone it is the only heading of the page.
  const Heading = layout === 'phone' ? 'h1' : 'h2'
  const queue = queues?.find((one) => one.id === c.queue)
  const owner = c.agent && c.agent.id !== me.id ? t.header.owner(c.agent.name) : undefined
  const helpers = c.helpers?.length ? t.header.helpers(c.helpers.map((helper) => helper.name)) : undefined
  return (
    <header className={classes.header} data-testid="conversation-head" data-phase={c.phase}>
      {layout === 'phone' && backTo && (
        <ActionIcon component={Link} to={backTo} size="lg" data-testid="back" aria-label={common.back}>
          <IconArrowLeft size={20} aria-hidden />
        </ActionIcon>
      )}
      <Avatar name={c.contact.name} seed={c.contact.id} size={36} />
      <div className={classes.who}>
        <div className={classes.nameLine}>
          <Heading className={classes.name}>{name}</Heading>
          <PhaseBadge phase={c.phase} />
        </div>
        <div className={classes.sub}>
          <ChannelIcon kind={c.channel.kind} size={13} />
          <span>{[channelName(c.channel.kind), queue ? local(queue.name) : c.queue, owner, helpers].filter(Boolean).join(' · ')}</span>
          {c.sla && <SlaMark sla={c.sla} name />}
        </div>
      </div>
      <div className={classes.actions}>
        {children}
        {togglePanel && (
          <Tooltip label={t.header.details}>
            <ActionIcon size="lg" data-testid="toggle-panel" aria-label={t.header.details} aria-pressed={panelOpen} onClick={togglePanel}>
              <IconLayoutSidebarRight size={19} stroke={1.7} aria-hidden />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
    </header>
  )
}
