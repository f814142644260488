/** Which overlay is open; kept outside of React so that buttons and keys anywhere can open one. */
export type Overlay = 'palette' | 'help' | 'password' | null

let current: Overlay = null
const listeners = new Set<() => void>()

export function getOverlay(): Overlay {
  return current
}

export function setOverlay(next: Overlay): void {
  current = next
  for (const listen of listeners) listen()
}

export function subscribeOverlay(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const openPalette = () => setOverlay('palette')
export const openHelp = () => setOverlay('help')
export const closeOverlay = () => setOverlay(null)
