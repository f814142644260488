import { Button, Group, Modal, Radio, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useFormat, useText } from '../i18n'
import { commonText } from '../i18n/common'
import { workText } from '../i18n/work'
import { serverNow } from '../lib/clock'
import { toLocalInput, tomorrowMorning } from './times'
import type { Work } from './useWork'

type Choice = 'message' | 'hour' | 'tomorrow' | 'pick'

export default function ParkDialog({ work, close }: { work: Work; close: () => void }) {
  const t = useText(workText).parkDialog
  const common = useText(commonText)
  const format = useFormat()
  const [choice, setChoice] = useState<Choice>('message')
  const [picked, setPicked] = useState(() => toLocalInput(tomorrowMorning(Date.now())))
  const [note, setNote] = useState('')
  const morning = tomorrowMorning(Date.now())
  const until: Record<Choice, Date | null> = { message: null, hour: new Date(serverNow() + 3_600_000), tomorrow: morning, pick: new Date(picked) }
  const time = until[choice]
  const invalid = time !== null && !(time.getTime() > serverNow())
  const submit = () => work.park.mutate({ ...(time ? { until: time.toISOString() } : {}), ...(note.trim() ? { note: note.trim() } : {}) }, { onSuccess: close })
  return (
    <Modal opened onClose={close} title={t.title} closeButtonProps={{ 'aria-label': common.close }}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {t.help}
        </Text>
        <Radio.Group value={choice} onChange={(value) => setChoice(value)} aria-label={t.title}>
          <Stack gap="xs">
            <Radio data-autofocus data-testid="park-message" value="message" label={t.untilMessage} />
            <Radio data-testid="park-hour" value="hour" label={t.hour} />
            <Radio data-testid="park-tomorrow" value="tomorrow" label={`${t.tomorrow} (${format.time(morning)})`} />
            <Radio data-testid="park-pick" value="pick" label={t.pick} />
          </Stack>
        </Radio.Group>
        {choice === 'pick' && (
          <TextInput type="datetime-local" label={t.time} value={picked} min={toLocalInput(new Date())} onChange={(event) => setPicked(event.currentTarget.value)} error={invalid ? t.past : undefined} />
        )}
        <Textarea label={t.note} autosize minRows={2} maxRows={6} maxLength={2000} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {common.cancel}
          </Button>
          <Button data-testid="park-submit" disabled={invalid} loading={work.park.isPending} onClick={submit}>
            {t.submit}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
