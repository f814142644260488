import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Chat } from '../chat.ts'
import type { Texts } from '../texts.ts'
import type { Locale } from '../types.ts'

export type Surroundings = { chat: Chat; t: Texts; locale: Locale }

const Context = createContext<Surroundings | null>(null)

export const SurroundingsProvider = Context.Provider

/** The chat and the visitor's language. */
export function useSurroundings(): Surroundings {
  const found = useContext(Context)
  if (found === null) throw new Error('outside of the chat')
  return found
}
