import { Button, Menu, NumberInput } from '@mantine/core'
import { IconChevronDown, IconFlag, IconUserX } from '@tabler/icons-react'
import { useState } from 'react'
import type { Conversation } from '../api/types'
import { useFormat, useText } from '../i18n'
import { workText } from '../i18n/work'
import { useNotify } from '../ui/useNotify'
import ReasonDialog from './ReasonDialog'
import type { Work } from './useWork'

/** What supervisors do more rarely, each with a reason: change the priority, end an owner's part. */
export default function SupervisorMenu({ conversation, work }: { conversation: Conversation; work: Work }) {
  const t = useText(workText)
  const format = useFormat()
  const notify = useNotify()
  const [open, setOpen] = useState<'priority' | 'force' | null>(null)
  const [priority, setPriority] = useState<number | string>(conversation.priority)
  const owner = conversation.phase === 'assigned' || conversation.phase === 'wrapping' ? conversation.agent?.name : undefined
  const close = () => setOpen(null)
  const start = (which: 'priority' | 'force') => () => {
    setPriority(conversation.priority)
    setOpen(which)
  }
  return (
    <>
      <Menu withOverlay overlayProps={{ backgroundOpacity: 0 }} position="bottom-start" width={220}>
        <Menu.Target>
          <Button size="compact-sm" variant="default" rightSection={<IconChevronDown size={14} aria-hidden />} data-testid="supervisor-more">
            {t.more}
          </Button>
        </Menu.Target>
        <Menu.Dropdown data-overlay>
          <Menu.Item leftSection={<IconFlag size={16} aria-hidden />} data-testid="change-priority" onClick={start('priority')}>
            {t.priority.action}
          </Menu.Item>
          {owner && (
            <Menu.Item leftSection={<IconUserX size={16} aria-hidden />} data-testid="force-wrap-up" onClick={start('force')}>
              {t.forceWrapUp.action}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {open === 'priority' && (
        <ReasonDialog
          title={t.priority.title}
          help={t.priority.help}
          submit={t.priority.submit}
          loading={work.reprioritise.isPending}
          onClose={close}
          onSubmit={(reason) =>
            work.reprioritise.mutate(
              { priority: Number(priority), reason },
              {
                onSuccess: (changed) => {
                  notify.success(t.priority.done(format.number(changed.priority)))
                  close()
                },
              },
            )
          }
        >
          <NumberInput label={t.priority.value} data-testid="priority" min={0} max={100} clampBehavior="strict" allowDecimal={false} maw={140} value={priority} onChange={setPriority} />
        </ReasonDialog>
      )}
      {open === 'force' && owner && (
        <ReasonDialog
          title={t.forceWrapUp.title(owner)}
          help={t.forceWrapUp.help(owner)}
          submit={t.forceWrapUp.submit}
          danger
          loading={work.forceWrapUp.isPending}
          onClose={close}
          onSubmit={(reason) =>
            work.forceWrapUp.mutate(reason, {
              onSuccess: () => {
                notify.success(t.forceWrapUp.done(owner))
                close()
              },
            })
          }
        />
      )}
    </>
  )
}
