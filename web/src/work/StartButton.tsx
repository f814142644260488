import { Button } from '@mantine/core'
import { IconMessagePlus } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import type { ContactDetail } from '../api/types'
import { useText } from '../i18n'
import { startText } from '../i18n/start'

const StartDialog = lazy(() => import('./StartDialog'))

/** Opens the dialog by which somebody is written to first: this contact, or whoever has an address. */
export function StartButton({ detail, to }: { detail?: ContactDetail; to?: string }) {
  const t = useText(startText)
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button size="compact-md" variant="light" data-testid="start" leftSection={<IconMessagePlus size={16} aria-hidden />} onClick={() => setOpen(true)}>
        {detail ? t.toContact : t.button}
      </Button>
      {open && (
        <Suspense fallback={null}>
          <StartDialog detail={detail} close={() => setOpen(false)} {...(to ? { to } : {})} />
        </Suspense>
      )}
    </>
  )
}
