import { IconAlertTriangle, IconArchive, IconClockPause, IconHourglass, IconMessages, IconRobot, IconUser, type Icon } from '@tabler/icons-react'
import type { Conversation, View } from '../api/types'

export type ViewItem = { view: View; icon: Icon; counted: boolean }

/** The views of the inbox, in the order shown. Counted ones are short lists that somebody must work off. */
export const views: ViewItem[] = [
  { view: 'mine', icon: IconUser, counted: true },
  { view: 'waiting', icon: IconHourglass, counted: true },
  { view: 'bot', icon: IconRobot, counted: false },
  { view: 'parked', icon: IconClockPause, counted: true },
  { view: 'attention', icon: IconAlertTriangle, counted: true },
  { view: 'all', icon: IconMessages, counted: false },
  { view: 'closed', icon: IconArchive, counted: false },
]

export function isView(value: string | undefined): value is View {
  return value !== undefined && (value === 'open' || views.some((item) => item.view === value))
}

/** Whether somebody talks along with the owner. */
export function helps(conversation: Conversation, who: string): boolean {
  return conversation.helpers?.some((helper) => helper.id === who) ?? false
}

/** Whether a conversation belongs in a view, as the server decides it. */
export function belongs(conversation: Conversation, view: View, me: string): boolean {
  const { phase, agent, attention } = conversation
  switch (view) {
    case 'mine':
      return phase !== 'closed' && (agent?.id === me || helps(conversation, me))
    case 'waiting':
      return phase === 'queued' || phase === 'offered'
    case 'bot':
      return phase === 'flow'
    case 'open':
      return phase !== 'closed'
    case 'parked':
      return phase === 'parked'
    case 'attention':
      return attention !== '' && phase !== 'closed'
    case 'closed':
      return phase === 'closed'
    case 'all':
      return true
  }
}
