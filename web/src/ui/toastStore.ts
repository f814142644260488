import type { NotificationData } from '@mantine/notifications'

let used = false
const listeners = new Set<() => void>()

/** Notices are loaded with the first one that is shown. */
export function showToast(data: NotificationData): void {
  if (!used) {
    used = true
    for (const listen of listeners) listen()
  }
  void import('@mantine/notifications').then(({ notifications }) => notifications.show(data))
}

export function toastsUsed(): boolean {
  return used
}

export function subscribeToasts(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
