import {
  IconBook2,
  IconFileText,
  IconHistory,
  IconKey,
  IconMessage2Bolt,
  IconMessages,
  IconMoodCheck,
  IconPlugConnected,
  IconRoute,
  IconStack2,
  IconTags,
  IconUsers,
  type Icon,
} from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import { NavLink, Outlet, useLocation } from 'react-router'
import { useText } from '../i18n'
import { adminText } from '../i18n/admin'
import { auditText } from '../i18n/audit'
import { plansText } from '../i18n/plans'
import { routingFileText } from '../i18n/routingFile'
import classes from './AdminLayout.module.css'

type Item = { to: string; label: string; icon: Icon }
type Group = { label: string; items: Item[] }

function useGroups(): Group[] {
  const { nav } = useText(adminText)
  const file = useText(routingFileText)
  const plans = useText(plansText)
  const audit = useText(auditText)
  return [
    {
      label: nav.groups.team,
      items: [
        { to: 'people', label: nav.people, icon: IconUsers },
        { to: 'skills', label: nav.skills, icon: IconTags },
        { to: 'presences', label: nav.presences, icon: IconMoodCheck },
      ],
    },
    {
      label: nav.groups.service,
      items: [
        { to: 'queues', label: nav.queues, icon: IconStack2 },
        { to: 'plans', label: plans.nav, icon: IconRoute },
        { to: 'channels', label: nav.channels, icon: IconPlugConnected },
      ],
    },
    {
      label: nav.groups.content,
      items: [
        { to: 'articles', label: nav.articles, icon: IconBook2 },
        { to: 'replies', label: nav.replies, icon: IconMessage2Bolt },
      ],
    },
    {
      label: nav.groups.system,
      items: [
        { to: 'conversations', label: nav.conversations, icon: IconMessages },
        { to: 'routing-file', label: file.nav, icon: IconFileText },
        { to: 'audit', label: audit.nav, icon: IconHistory },
        { to: 'keys', label: nav.keys, icon: IconKey },
      ],
    },
  ]
}

export function AdminLayout() {
  const { nav } = useText(adminText)
  const groups = useGroups()
  const bar = useRef<HTMLElement>(null)
  const page = useLocation().pathname.split('/')[2]

  // On a phone the menu is a strip that scrolls sideways; the page that is open must be in sight.
  useEffect(() => {
    bar.current?.querySelector('[aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' })
  }, [page])

  return (
    <div className={classes.layout}>
      <nav className={classes.nav} aria-label={nav.label} ref={bar}>
        {groups.map((group) => (
          <div key={group.label} className={classes.group}>
            <div className={classes.groupLabel}>{group.label}</div>
            {group.items.map(({ to, label, icon: Picture }) => (
              <NavLink key={to} to={`/admin/${to}`} className={classes.item}>
                <Picture size={18} stroke={1.6} aria-hidden />
                <span>{label}</span>
              </NavLink>
            ))}
          </div>
        ))}
      </nav>
      <main className={classes.main}>
        <Outlet />
      </main>
    </div>
  )
}
