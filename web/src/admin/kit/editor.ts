import { createContext, use } from 'react'

/** What the footer asks before something is lost. */
export type Asking = 'discard' | 'delete' | undefined

export type EditorState = {
  /** Closes without asking. */
  close: () => void
  /** Asks first if there are unsaved changes. */
  leave: () => void
  /** Starts over with what the server has now. */
  restart: () => void
  asking: Asking
  ask: (what: Asking) => void
  /** Held: only `close` closes, for what is shown this one time. */
  setDirty: (dirty: boolean | 'held') => void
}

export const EditorContext = createContext<EditorState | null>(null)

export function useEditor(): EditorState {
  const state = use(EditorContext)
  if (!state) throw new Error('no EditorHost above')
  return state
}
