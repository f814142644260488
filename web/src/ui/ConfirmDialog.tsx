import { lazy, Suspense } from 'react'
import type { ConfirmProps } from './ConfirmModal'

const ConfirmModal = lazy(() => import('./ConfirmModal'))

/** Asks before something that is hard to take back; shown while mounted. Dialogs are loaded when first needed. */
export function ConfirmDialog(props: ConfirmProps) {
  return (
    <Suspense fallback={null}>
      <ConfirmModal {...props} />
    </Suspense>
  )
}
