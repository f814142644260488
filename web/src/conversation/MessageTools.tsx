import { ActionIcon, Button, Group, Menu, Modal, Stack, Textarea } from '@mantine/core'
import { IconArrowBackUp, IconDots, IconMoodOff, IconPencil, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { ConversationEvent } from '../api/types'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { conversationText } from '../i18n/conversation'
import { ConfirmDialog } from '../ui/ConfirmDialog'
import type { MessageChanges } from './changes'
import classes from './Message.module.css'
import { canChange, type MessageActs } from './messageActs'

const emojis = ['👍', '❤️', '😂', '😮', '😢', '🙏']

type Props = { event: ConversationEvent; text: string; changes: MessageChanges | undefined; acts: MessageActs; meId: string }

/** Answers a message, reacts to it, changes it or takes it back, where the channel can. */
export default function MessageTools({ event, text, changes, acts, meId }: Props) {
  const t = useText(conversationText).changes
  const [open, setOpen] = useState(false)
  const [dialog, setDialog] = useState<'edit' | 'delete' | null>(null)
  const can = canChange(event, changes, acts, meId)
  const ours = changes?.reactions.some((one) => one.side === 'ours') ?? false
  return (
    <div className={classes.tools} data-open={open}>
      <Menu opened={open} onChange={setOpen} position="top" withinPortal={false}>
        <Menu.Target>
          <ActionIcon size="sm" data-testid="message-menu" aria-label={t.menu}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {can.react && (
            <div className={classes.emojis} role="none">
              {emojis.map((emoji) => (
                <Menu.Item key={emoji} className={classes.emoji ?? ''} data-testid={`react-${emoji}`} aria-label={t.reactWith(emoji)} onClick={() => acts.react(event.id, emoji)}>
                  {emoji}
                </Menu.Item>
              ))}
            </div>
          )}
          {can.answer && (
            <Menu.Item data-testid="answer-message" leftSection={<IconArrowBackUp size={16} aria-hidden />} onClick={() => acts.answer(event)}>
              {t.answer}
            </Menu.Item>
          )}
          {can.react && ours && (
            <Menu.Item data-testid="unreact" leftSection={<IconMoodOff size={16} aria-hidden />} onClick={() => acts.react(event.id, '')}>
              {t.unreact}
            </Menu.Item>
          )}
          {can.edit && (
            <Menu.Item data-testid="edit-message" leftSection={<IconPencil size={16} aria-hidden />} onClick={() => setDialog('edit')}>
              {t.edit}
            </Menu.Item>
          )}
          {can.remove && (
            <Menu.Item data-testid="delete-message" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => setDialog('delete')}>
              {t.delete}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {dialog === 'edit' && <EditDialog text={text} save={(next) => acts.edit(event.id, next)} close={() => setDialog(null)} />}
      {dialog === 'delete' && (
        <ConfirmDialog
          title={t.deleteTitle}
          text={t.deleteText}
          confirm={t.delete}
          danger
          onConfirm={() => {
            acts.remove(event.id)
            setDialog(null)
          }}
          onClose={() => setDialog(null)}
        />
      )}
    </div>
  )
}

function EditDialog({ text, save, close }: { text: string; save: (text: string) => void; close: () => void }) {
  const t = useText(conversationText).changes
  const common = useText(commonText)
  const [next, setNext] = useState(text)
  const done = () => {
    save(next.trim())
    close()
  }
  return (
    <Modal opened onClose={close} title={t.editTitle} closeButtonProps={{ 'aria-label': common.close }}>
      <Stack gap="md">
        <Textarea data-autofocus data-testid="edit-text" label={t.editLabel} autosize minRows={3} maxRows={12} value={next} onChange={(event) => setNext(event.currentTarget.value)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {common.cancel}
          </Button>
          <Button data-testid="edit-save" disabled={next.trim() === '' || next.trim() === text} onClick={done}>
            {common.save}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
