import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, call } from '../api/client'
import { keys } from '../api/keys'
import type { ContactDetail, ContactPatch } from '../api/types'
import { useNotify } from '../ui/useNotify'

/** A contact, asked for anew whenever somebody begins to look: another conversation may have brought addresses. */
export function useContact(id: string) {
  return useQuery({ queryKey: keys.contact(id), staleTime: 0, queryFn: () => call(api.GET('/contacts/{id}', { params: { path: { id } } })) })
}

/** What can be changed about a contact; each answers with the contact as it is then. */
export function useContactChanges(id: string) {
  const client = useQueryClient()
  const notify = useNotify()
  const options = {
    onSuccess: (detail: ContactDetail) => {
      client.setQueryData(keys.contact(detail.contact.id), detail)
      void client.invalidateQueries({ queryKey: keys.contacts })
      void client.invalidateQueries({ queryKey: keys.lists })
      void client.invalidateQueries({ queryKey: ['conversation'] })
    },
    onError: (error: Error) => notify.error(error),
  }
  const patch = useMutation({ ...options, mutationFn: (body: ContactPatch) => call(api.PATCH('/contacts/{id}', { params: { path: { id } }, body })) })
  const merge = useMutation({ ...options, mutationFn: (otherId: string) => call(api.POST('/contacts/{id}/merge', { params: { path: { id } }, body: { other_id: otherId } })) })
  const undoMerge = useMutation({ ...options, mutationFn: (mergeId: string) => call(api.POST('/contact-merges/{id}/undo', { params: { path: { id: mergeId } } })) })
  return { patch, merge, undoMerge }
}

export type ContactChanges = ReturnType<typeof useContactChanges>
