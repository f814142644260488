import { Menu, UnstyledButton } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useNavigate } from 'react-router'
import type { View } from '../api/types'
import { useText } from '../i18n'
import { inboxText } from '../i18n/inbox'
import { shellText } from '../i18n/shell'
import classes from './Inbox.module.css'
import { Count } from './ViewLinks'
import { views } from './views'

/** The views as a menu, where the sidebar has no room for them. */
export default function ViewMenu({ view }: { view: View }) {
  const t = useText(inboxText)
  const shell = useText(shellText)
  const navigate = useNavigate()
  return (
    <Menu withOverlay overlayProps={{ backgroundOpacity: 0 }} position="bottom-start" width={230} withinPortal={false}>
      <Menu.Target>
        <UnstyledButton className={classes.viewButton} aria-label={`${t.view}: ${shell.views[view]}`} data-testid="view-menu">
          {shell.views[view]}
          <IconChevronDown size={17} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {views.map(({ view: other, icon: Icon, counted }) => (
          <Menu.Item
            key={other}
            leftSection={<Icon size={16} stroke={1.7} aria-hidden />}
            rightSection={counted ? <Count view={other} /> : undefined}
            aria-current={other === view}
            onClick={() => void navigate(`/inbox/${other}`)}
          >
            {shell.views[other]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
