import { Button, Group, Modal, Radio, Stack, Text, Textarea } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, call } from '../api/client'
import { keys } from '../api/keys'
import { useWorkspace } from '../conversation/workspace'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { workText } from '../i18n/work'
import { uuid } from '../lib/uuid'
import { ChannelIcon } from '../ui/ChannelIcon'
import { Failed } from '../ui/Failed'
import { useNotify } from '../ui/useNotify'

/** Sends the customer a link with which they go on with this conversation on another channel. */
export default function ContinueDialog({ id, close }: { id: string; close: () => void }) {
  const t = useText(workText).continueDialog
  const common = useText(commonText)
  const notify = useNotify()
  const { outbox } = useWorkspace()
  const [channel, setChannel] = useState('')
  const [text, setText] = useState('')
  const params = { path: { id } }
  const { data, error, refetch } = useQuery({ queryKey: keys.continuations(id), queryFn: () => call(api.GET('/conversations/{id}/continuations', { params })) })
  const link = useMutation({
    mutationFn: (channelId: string) => call(api.POST('/conversations/{id}/continuations', { params, body: { channel_id: channelId } })),
    onSuccess: (made) => setText(made.text),
    onError: notify.error,
  })
  const pick = (value: string) => {
    setChannel(value)
    setText('')
    link.mutate(value)
  }
  const send = () => {
    outbox.add({ id: uuid(), conversationId: id, kind: 'message', text: text.trim(), attachments: [] })
    close()
  }
  const none = data?.items.length === 0
  return (
    <Modal opened onClose={close} title={t.title} closeButtonProps={{ 'aria-label': common.close }}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {none ? t.none : t.help}
        </Text>
        {error && <Failed error={error} retry={() => void refetch()} title={t.title} />}
        {!none && !error && (
          <>
            <Radio.Group value={channel} onChange={pick} aria-label={t.channel}>
              <Stack gap="xs">
                {data?.items.map((one) => (
                  <Radio
                    key={one.id}
                    value={one.id}
                    data-testid={`continue-on-${one.id}`}
                    label={
                      <span style={{ display: 'inline-flex', gap: 8, alignItems: 'center' }}>
                        <ChannelIcon kind={one.kind} size={16} /> {one.name}
                      </span>
                    }
                  />
                ))}
              </Stack>
            </Radio.Group>
            <Textarea data-testid="continue-text" label={t.message} autosize minRows={3} maxRows={8} maxLength={4000} value={text} disabled={!text} onChange={(event) => setText(event.currentTarget.value)} />
          </>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {common.cancel}
          </Button>
          {!none && !error && (
            <Button data-testid="continue-send" disabled={!text.trim()} loading={link.isPending} onClick={send}>
              {t.send}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  )
}
