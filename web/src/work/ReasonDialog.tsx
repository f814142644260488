import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import { useState, type ReactNode, type SyntheticEvent } from 'react'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { workText } from '../i18n/work'

type Props = {
  title: string
  help: string
  submit: string
  danger?: boolean
  /** Without a reason it is not done; default true. */
  needed?: boolean
  loading: boolean
  /** What else is to be said, above the reason. */
  children?: ReactNode
  onSubmit: (reason: string) => void
  onClose: () => void
}

/** Asks a supervisor why, before something that others will want to know the reason of. */
export default function ReasonDialog({ title, help, submit, danger = false, needed = true, loading, children, onSubmit, onClose }: Props) {
  const t = useText(workText)
  const common = useText(commonText)
  const [reason, setReason] = useState('')
  const [missing, setMissing] = useState(false)
  const send = (event: SyntheticEvent) => {
    event.preventDefault()
    if (reason.trim() || !needed) onSubmit(reason.trim())
    else setMissing(true)
  }
  return (
    <Modal opened onClose={onClose} title={title} size="sm" closeButtonProps={{ 'aria-label': common.close }}>
      <form onSubmit={send}>
        <Stack gap="md">
          <Text size="sm">{help}</Text>
          {children}
          <Textarea
            label={t.reason}
            description={t.reasonHelp}
            required={needed}
            autosize
            minRows={2}
            maxRows={6}
            maxLength={500}
            data-autofocus
            data-testid="reason"
            value={reason}
            error={missing && !reason.trim() ? t.reasonNeeded : undefined}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" data-testid="reason-submit" color={danger ? 'red.9' : 'sea'} loading={loading}>
              {submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
