import { Drawer } from '@mantine/core'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { inboxText } from '../i18n/inbox'
import CustomerPanel from './CustomerPanel'
import classes from './Panel.module.css'

/** The customer panel over the conversation, where there is no room beside it. */
export default function CustomerDrawer({ conversationId, opened, close, wide }: { conversationId: string; opened: boolean; close: () => void; wide: boolean }) {
  const t = useText(inboxText)
  const common = useText(commonText)
  return (
    <Drawer
      opened={opened}
      onClose={close}
      position="right"
      size={wide ? '100%' : 360}
      title={t.showPanel}
      padding={0}
      closeButtonProps={{ 'aria-label': common.close }}
      classNames={{ header: classes.drawerHeader ?? '' }}
    >
      <CustomerPanel key={conversationId} conversationId={conversationId} />
    </Drawer>
  )
}
