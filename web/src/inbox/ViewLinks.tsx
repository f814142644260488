import { NavLink } from 'react-router'
import { useText } from '../i18n'
import { shellText } from '../i18n/shell'
import { useConversationList } from './useConversationList'
import classes from './ViewLinks.module.css'
import { views, type ViewItem } from './views'

/** The views of the inbox in the sidebar, with counts of those that must be worked off. */
export function ViewLinks() {
  const t = useText(shellText)
  return (
    <ul className={classes.views} aria-label={t.views.label}>
      {views.map((item) => (
        <ViewLink key={item.view} item={item} />
      ))}
    </ul>
  )
}

function ViewLink({ item: { view, icon: Icon, counted } }: { item: ViewItem }) {
  const t = useText(shellText)
  return (
    <li>
      <NavLink to={`/inbox/${view}`} data-testid={`view-${view}`} className={({ isActive }) => `${classes.link} ${isActive ? classes.active : ''}`}>
        <Icon size={15} stroke={1.7} aria-hidden />
        <span className={classes.label}>{t.views[view]}</span>
        {counted && <Count view={view} />}
      </NavLink>
    </li>
  )
}

/** Shown without a number when there is nothing; "50+" when there is more than one page. */
export function Count({ view }: { view: ViewItem['view'] }) {
  const t = useText(shellText)
  const { items, hasNextPage } = useConversationList(view)
  const unread = items.some((item) => item.unread > 0)
  if (items.length === 0) return null
  const shown = `${items.length}${hasNextPage ? '+' : ''}`
  return (
    <span className={classes.count} data-strong={(view === 'mine' && unread) || view === 'attention'}>
      <span aria-hidden="true">{shown}</span>
      <span className="sx-hidden">{t.views.count(shown)}</span>
    </span>
  )
}
