import { lazy, Suspense, useSyncExternalStore } from 'react'
import { subscribeToasts, toastsUsed } from './toastStore'

const ToastList = lazy(() => import('./ToastList'))

/** Where short messages appear. */
export function Toasts() {
  const used = useSyncExternalStore(subscribeToasts, toastsUsed)
  return <Suspense fallback={null}>{used && <ToastList />}</Suspense>
}
