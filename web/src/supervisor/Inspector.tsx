import { CloseButton, Drawer } from '@mantine/core'
import { useWindowEvent } from '@mantine/hooks'
import { IconMessages } from '@tabler/icons-react'
import { useState } from 'react'
import type { Live } from '../api/types'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { supervisorText } from '../i18n/supervisor'
import { EmptyState } from '../ui/EmptyState'
import { useLayout } from '../ui/useLayout'
import classes from './Inspector.module.css'
import { InspectorConversation } from './InspectorConversation'
import { InspectorList } from './InspectorList'

type Target = { queue: string | undefined; agent: string | undefined; conversation: string | undefined }

type Props = Target & {
  live?: Live | undefined
  /** Opens a conversation beside the list; nothing: back to the list. */
  onChoose: (id: string | undefined) => void
  onClose: () => void
}

/** The drawer at the side: a queue's or an agent's conversations, and the one that is read along. */
export function Inspector({ queue, agent, conversation, live, onChoose, onClose }: Props) {
  const t = useText(supervisorText)
  const common = useText(commonText)
  const layout = useLayout()
  const opened = Boolean(queue ?? agent ?? conversation)
  // What was shown stays in the drawer while it slides away.
  const [last, setLast] = useState<Target>({ queue, agent, conversation })
  if (opened && (last.queue !== queue || last.agent !== agent || last.conversation !== conversation)) setLast({ queue, agent, conversation })

  // Escape closes what is on top only: a popover's is its own.
  useWindowEvent('keydown', (event) => {
    if (!opened || event.key !== 'Escape' || event.isComposing || event.defaultPrevented) return
    if (event.target instanceof Element && event.target.closest('[data-overlay]')) return
    onClose()
  })

  const listed = Boolean(last.queue ?? last.agent)
  const onePane = layout !== 'desktop' || !listed
  const width = listed ? (layout === 'desktop' ? 1120 : 620) : 760

  return (
    <Drawer.Root opened={opened} onClose={onClose} closeOnEscape={false} position="right" size={`min(${width}px, 100vw)`} transitionProps={{ duration: 160 }}>
      <Drawer.Overlay backgroundOpacity={0.4} />
      <Drawer.Content aria-label={t.inspector.label} classNames={{ content: classes.content }}>
        {listed && (!onePane || !last.conversation) && (
          <InspectorList queue={last.queue} agent={last.agent} selected={last.conversation} live={live} single={onePane} onClose={onClose} />
        )}
        {last.conversation ? (
          <InspectorConversation
            key={last.conversation}
            id={last.conversation}
            onBack={listed && onePane ? () => onChoose(undefined) : undefined}
            onClose={onClose}
          />
        ) : (
          !onePane && (
            <div className={classes.nothing}>
              <CloseButton className={classes.corner} aria-label={common.close} onClick={onClose} />
              <EmptyState icon={IconMessages} title={t.inspector.choose} text={t.inspector.readOnly} />
            </div>
          )
        )}
      </Drawer.Content>
    </Drawer.Root>
  )
}
