import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query'
import { api, call } from '../api/client'
import { asApiError } from '../api/errors'
import { keys } from '../api/keys'
import type { components } from '../api/schema'
import type { Conversation } from '../api/types'
import { applyConversation } from '../inbox/listCache'
import { useMe } from '../session'
import { useNotify } from '../ui/useNotify'

type Schemas = components['schemas']
type Act<T> = UseMutationResult<Conversation, Error, T>

/** What can be done with a conversation. Answers are applied everywhere at once; refusals are told in words. */
export function useWork(id: string) {
  const client = useQueryClient()
  const me = useMe()
  const notify = useNotify()
  const path = { path: { id } }

  const options = {
    onSuccess: (conversation: Conversation) => {
      applyConversation(client, me.id, conversation)
      void client.invalidateQueries({ queryKey: keys.lists, refetchType: 'active', predicate: (query) => query.queryKey[1] !== 'closed' })
    },
    onError: (error: Error) => {
      notify.error(error)
      if (asApiError(error).status >= 400) void client.invalidateQueries({ queryKey: keys.conversation(id) })
    },
  }

  const transfer: Act<Schemas['Transfer']> = useMutation({ ...options, mutationFn: (body) => call(api.POST('/conversations/{id}/transfer', { params: path, body })) })
  const cancelTransfer: Act<void> = useMutation({ ...options, mutationFn: () => call(api.DELETE('/conversations/{id}/transfer', { params: path })) })
  const park: Act<Schemas['Park']> = useMutation({ ...options, mutationFn: (body) => call(api.POST('/conversations/{id}/park', { params: path, body })) })
  const pass: Act<string> = useMutation({ ...options, mutationFn: (agentId) => call(api.POST('/conversations/{id}/pass', { params: path, body: { agent_id: agentId } })) })
  const leave: Act<void> = useMutation({ ...options, mutationFn: () => call(api.POST('/conversations/{id}/leave', { params: path })) })
  const resume: Act<void> = useMutation({ ...options, mutationFn: () => call(api.POST('/conversations/{id}/resume', { params: path })) })
  const wrapUp: Act<void> = useMutation({ ...options, mutationFn: () => call(api.POST('/conversations/{id}/wrap-up', { params: path })) })
  const extendWrapUp: Act<void> = useMutation({ ...options, mutationFn: () => call(api.POST('/conversations/{id}/wrap-up/extension', { params: path })) })
  const close: Act<Schemas['WrapUp']> = useMutation({ ...options, mutationFn: (body) => call(api.POST('/conversations/{id}/close', { params: path, body })) })
  const takeOver: Act<string> = useMutation({
    ...options,
    mutationFn: (reason) => call(api.POST('/conversations/{id}/take-over', { params: { ...path, query: reason ? { reason } : {} } })),
  })
  const assign: Act<string> = useMutation({ ...options, mutationFn: (agentId) => call(api.POST('/conversations/{id}/assign', { params: path, body: { agent_id: agentId } })) })
  const reprioritise: Act<Schemas['PriorityChange']> = useMutation({ ...options, mutationFn: (body) => call(api.POST('/conversations/{id}/priority', { params: path, body })) })
  const forceWrapUp: Act<string> = useMutation({ ...options, mutationFn: (reason) => call(api.POST('/conversations/{id}/force-wrap-up', { params: path, body: { reason } })) })
  const retryMessage: Act<string> = useMutation({
    ...options,
    mutationFn: (eventId) => call(api.POST('/conversations/{id}/messages/{event_id}/retry', { params: { path: { id, event_id: eventId } } })),
  })
  const confirmMessage: Act<string> = useMutation({
    ...options,
    mutationFn: (eventId) => call(api.POST('/conversations/{id}/messages/{event_id}/confirmation', { params: { path: { id, event_id: eventId } } })),
  })
  const editMessage: Act<{ eventId: string; text: string }> = useMutation({
    ...options,
    mutationFn: ({ eventId, text }) => call(api.PATCH('/conversations/{id}/messages/{event_id}', { params: { path: { id, event_id: eventId } }, body: { text } })),
  })
  const deleteMessage: Act<string> = useMutation({
    ...options,
    mutationFn: (eventId) => call(api.DELETE('/conversations/{id}/messages/{event_id}', { params: { path: { id, event_id: eventId } } })),
  })
  const react: Act<{ eventId: string; emoji: string }> = useMutation({
    ...options,
    mutationFn: ({ eventId, emoji }) => call(api.PUT('/conversations/{id}/messages/{event_id}/reaction', { params: { path: { id, event_id: eventId } }, body: { emoji } })),
  })

  return { confirmMessage, editMessage, deleteMessage, react, transfer, cancelTransfer, pass, leave, park, resume, wrapUp, extendWrapUp, close, takeOver, assign, reprioritise, forceWrapUp, retryMessage }
}

export type Work = ReturnType<typeof useWork>
