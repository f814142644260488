import { ActionIcon, Button, Group, Menu, Popover, TextInput } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useState } from 'react'
import { useText } from '../i18n'
import { offersText } from '../i18n/offers'
import classes from './Offers.module.css'

/** Passing on at once, or with one of the usual reasons, or in one's own words. */
export function RejectMenu({ disabled, reject }: { disabled: boolean; reject: (reason?: string) => void }) {
  const t = useText(offersText)
  const [writing, setWriting] = useState(false)
  const [reason, setReason] = useState('')
  return (
    <Popover opened={writing} onChange={setWriting} position="top-start" withinPortal={false} trapFocus withRoles={false}>
      <Popover.Target>
        <Group gap={0} wrap="nowrap">
          <Button variant="default" className={classes.reject ?? ''} disabled={disabled} data-testid="offer-reject" onClick={() => reject()}>
            {t.reject}
          </Button>
          <Menu position="top-end" withinPortal={false}>
            <Menu.Target>
              <ActionIcon variant="default" className={classes.rejectMore ?? ''} disabled={disabled} data-testid="offer-reject-reasons" aria-label={t.rejectWith}>
                <IconChevronDown size={16} aria-hidden />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {Object.entries(t.reasons).map(([code, words]) => (
                <Menu.Item key={code} onClick={() => reject(words)}>
                  {words}
                </Menu.Item>
              ))}
              <Menu.Item onClick={() => setWriting(true)}>{t.otherReason}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            setWriting(false)
            reject(reason.trim() || undefined)
          }}
        >
          <Group gap="xs" wrap="nowrap">
            <TextInput data-autofocus aria-label={t.rejectWith} placeholder={t.reasonPlaceholder} maxLength={200} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
            <Button type="submit" variant="default">
              {t.passOn}
            </Button>
          </Group>
        </form>
      </Popover.Dropdown>
    </Popover>
  )
}
