import { IconAddressBook, IconInbox, IconLayoutDashboard, IconSettings, type Icon } from '@tabler/icons-react'
import { useText } from '../i18n'
import { shellText } from '../i18n/shell'
import { useRole } from '../session'

export type NavItem = { to: string; label: string; icon: Icon; keys: string }

/** The areas this person may enter. */
export function useNav(): NavItem[] {
  const t = useText(shellText)
  const supervisor = useRole('supervisor')
  const admin = useRole('admin')
  return [
    { to: '/inbox', label: t.nav.inbox, icon: IconInbox, keys: 'g i' },
    { to: '/contacts', label: t.nav.contacts, icon: IconAddressBook, keys: 'g c' },
    ...(supervisor ? [{ to: '/supervisor', label: t.nav.supervisor, icon: IconLayoutDashboard, keys: 'g s' }] : []),
    ...(admin ? [{ to: '/admin', label: t.nav.admin, icon: IconSettings, keys: 'g a' }] : []),
  ]
}
