import { Button, Group, Popover, Text } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { useText } from '../../i18n'
import { commonText } from '../../i18n/common'

type Props = {
  question: string
  yes: string
  color?: string
  onYes: () => void
  children: (ask: () => void) => ReactNode
}

/** Asks beside the button that was pressed; Escape and a click elsewhere mean no. */
export function Confirm({ question, yes, color = 'red.9', onYes, children }: Props) {
  const common = useText(commonText)
  const [asking, setAsking] = useState(false)
  return (
    <Popover withOverlay overlayProps={{ backgroundOpacity: 0 }} opened={asking} onChange={setAsking} position="bottom-end" width={300} trapFocus returnFocus withRoles={false}>
      <Popover.Target>
        <span>{children(() => setAsking((open) => !open))}</span>
      </Popover.Target>
      <Popover.Dropdown role="alertdialog" aria-label={question} data-overlay>
        <Text size="sm" ta="start">
          {question}
        </Text>
        <Group gap="xs" mt="sm" justify="flex-end">
          <Button size="compact-sm" variant="default" data-autofocus onClick={() => setAsking(false)}>
            {common.cancel}
          </Button>
          <Button
            size="compact-sm"
            color={color}
            onClick={() => {
              setAsking(false)
              onYes()
            }}
          >
            {yes}
          </Button>
        </Group>
      </Popover.Dropdown>
    </Popover>
  )
}
