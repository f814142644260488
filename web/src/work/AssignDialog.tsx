import { Button, Group, Modal, Select, Stack } from '@mantine/core'
import { useState } from 'react'
import { useTargets } from '../api/queries'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { workText } from '../i18n/work'
import { useNotify } from '../ui/useNotify'
import type { Work } from './useWork'

export default function AssignDialog({ work, close }: { work: Work; close: () => void }) {
  const t = useText(workText)
  const common = useText(commonText)
  const notify = useNotify()
  const targets = useTargets()
  const [agent, setAgent] = useState<string | null>(null)
  const agents = targets.data?.agents ?? []
  const state = (one: (typeof agents)[number]) => (!one.connected ? t.transferDialog.away : one.free ? t.transferDialog.free : t.transferDialog.busy)
  const submit = () => {
    if (!agent) return
    work.assign.mutate(agent, {
      onSuccess: () => {
        notify.success(t.assignDialog.done(agents.find((one) => one.id === agent)?.name ?? ''))
        close()
      },
    })
  }
  return (
    <Modal opened onClose={close} title={t.assignDialog.title} closeButtonProps={{ 'aria-label': common.close }}>
      <Stack>
        <Select
          data-autofocus
          searchable
          label={t.assignDialog.agent}
          data={agents.map((one) => ({ value: one.id, label: `${one.name} · ${state(one)}` }))}
          value={agent}
          onChange={setAgent}
          nothingFoundMessage={t.transferDialog.none}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {common.cancel}
          </Button>
          <Button disabled={!agent} loading={work.assign.isPending} onClick={submit}>
            {t.assignDialog.submit}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
