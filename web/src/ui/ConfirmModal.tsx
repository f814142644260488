import { Button, Group, Modal, Text } from '@mantine/core'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'

export type ConfirmProps = { title: string; text: string; confirm: string; danger?: boolean; loading?: boolean; onConfirm: () => void; onClose: () => void }

export default function ConfirmModal({ title, text, confirm, danger = false, loading = false, onConfirm, onClose }: ConfirmProps) {
  const common = useText(commonText)
  return (
    <Modal opened onClose={onClose} title={title} size="sm" closeButtonProps={{ 'aria-label': common.close }}>
      <Text mb="lg">{text}</Text>
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {common.cancel}
        </Button>
        <Button data-autofocus data-testid="confirm" color={danger ? 'red' : 'sea'} loading={loading} onClick={onConfirm}>
          {confirm}
        </Button>
      </Group>
    </Modal>
  )
}
