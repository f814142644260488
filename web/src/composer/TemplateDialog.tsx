import { Button, Group, Modal, Stack } from '@mantine/core'
import { useState } from 'react'
import type { Conversation } from '../api/types'
import { useWorkspace } from '../conversation/workspace'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { composerText } from '../i18n/composer'
import { uuid } from '../lib/uuid'
import { TemplateForm, type Filled } from './TemplateForm'

/** Sends one of the channel's templates. */
export default function TemplateDialog({ conversation, close }: { conversation: Conversation; close: () => void }) {
  const t = useText(composerText).template
  const common = useText(commonText)
  const { outbox } = useWorkspace()
  const [filled, setFilled] = useState<Filled | null>(null)
  const send = () => {
    if (!filled) return
    outbox.add({ id: uuid(), conversationId: conversation.id, kind: 'message', attachments: [], ...filled })
    close()
  }
  return (
    <Modal opened onClose={close} title={t.title} closeButtonProps={{ 'aria-label': common.close }}>
      <Stack gap="md">
        <TemplateForm channelId={conversation.channel.id} language={conversation.language} onChange={setFilled} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {common.cancel}
          </Button>
          <Button data-testid="template-send" disabled={!filled} onClick={send}>
            {t.send}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
