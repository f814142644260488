import { useCallback, useRef } from 'react'
import { api, call } from '../api/client'

const every = 4000

/** Tells the customer that I am typing, at most every few seconds, where the channel can show it. */
export function useTypingSignal(conversationId: string, supported: boolean): () => void {
  const last = useRef(0)
  return useCallback(() => {
    const now = Date.now()
    if (!supported || now - last.current < every) return
    last.current = now
    // Only a courtesy: when it fails nobody needs to know.
    call(api.POST('/conversations/{id}/typing', { params: { path: { id: conversationId } } })).catch(() => undefined)
  }, [conversationId, supported])
}
