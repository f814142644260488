import { ActionIcon, Menu } from '@mantine/core'
import { IconArrowsRightLeft, IconCheck, IconClockPause, IconDeviceMobileMessage, IconDots } from '@tabler/icons-react'
import { useText } from '../i18n'
import { conversationText } from '../i18n/conversation'
import { workText } from '../i18n/work'
import type { OwnerActions } from './ConversationActions'

/** The owner's actions on a phone. */
export default function OwnerMenu({ canTransfer, transfer, park, goOn, wrapUp }: OwnerActions) {
  const t = useText(workText)
  const { header } = useText(conversationText)
  return (
    <Menu withOverlay overlayProps={{ backgroundOpacity: 0 }} position="bottom-end" width={220} withinPortal={false}>
      <Menu.Target>
        <ActionIcon size="lg" data-testid="owner-menu" aria-label={header.actions}>
          <IconDots size={19} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item data-testid="wrap-up" leftSection={<IconCheck size={16} aria-hidden />} onClick={wrapUp}>
          {t.wrapUp}
        </Menu.Item>
        <Menu.Item data-testid="transfer" leftSection={<IconArrowsRightLeft size={16} aria-hidden />} disabled={!canTransfer} onClick={transfer}>
          {t.transfer}
        </Menu.Item>
        <Menu.Item data-testid="park" leftSection={<IconClockPause size={16} aria-hidden />} onClick={park}>
          {t.park}
        </Menu.Item>
        <Menu.Item data-testid="continue" leftSection={<IconDeviceMobileMessage size={16} aria-hidden />} onClick={goOn}>
          {t.continueElsewhere}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
