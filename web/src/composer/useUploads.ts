import { useCallback, useEffect, useRef, useState } from 'react'
import { api, call } from '../api/client'
import type { Attachment } from '../api/types'
import { useFormat, useText } from '../i18n'
import { composerText } from '../i18n/composer'
import { uuid } from '../lib/uuid'
import { useErrorText } from '../ui/useErrorText'
import { useNotify } from '../ui/useNotify'
import { sortFiles, typeNames, type FileRules, type Refusal } from './files'

export type Upload = { key: string; name: string; size: number; preview?: string | undefined; attachment?: Attachment | undefined }

function send(file: File, signal: AbortSignal): Promise<Attachment> {
  const form = new FormData()
  form.append('file', file, file.name)
  return call(api.POST('/files', { body: { file: '' }, bodySerializer: () => form, signal }))
}

/**
 * The files of a message being written: refused early where the channel does not take them, else uploaded at once. failed is
 * called for each that cannot be uploaded.
 */
export function useUploads(capabilities: FileRules, failed: () => void) {
  const t = useText(composerText)
  const format = useFormat()
  const notify = useNotify()
  const errorText = useErrorText()
  const [uploads, setUploads] = useState<readonly Upload[]>([])
  const running = useRef(new Map<string, AbortController>())

  useEffect(() => {
    const controllers = running.current
    return () => {
      for (const controller of controllers.values()) controller.abort()
    }
  }, [])

  const words = useCallback(
    (refusal: Refusal): string => {
      if (refusal.code === 'none') return t.noFiles
      if (refusal.code === 'many') return t.tooManyFiles
      if (refusal.code === 'size') return t.fileTooLarge(refusal.name, format.bytes(refusal.limit))
      return t.fileType(refusal.name, typeNames(capabilities.file_types, t.families))
    },
    [t, format, capabilities],
  )

  const remove = useCallback((key: string) => {
    running.current.get(key)?.abort()
    running.current.delete(key)
    setUploads((all) => {
      const gone = all.find((upload) => upload.key === key)
      if (gone?.preview && !gone.attachment) URL.revokeObjectURL(gone.preview)
      return all.filter((upload) => upload.key !== key)
    })
  }, [])

  const add = useCallback(
    (files: readonly File[]) => {
      const { taken, refused } = sortFiles(files, uploads.length, capabilities)
      for (const text of new Set(refused.map(words))) notify.error(text)
      for (const file of taken) {
        const key = uuid()
        const controller = new AbortController()
        running.current.set(key, controller)
        const preview = file.type.startsWith('image/') ? URL.createObjectURL(file) : undefined
        setUploads((all) => [...all, { key, name: file.name, size: file.size, preview }])
        send(file, controller.signal).then(
          (attachment) => setUploads((all) => all.map((upload) => (upload.key === key ? { ...upload, attachment } : upload))),
          (error: unknown) => {
            if (controller.signal.aborted) return
            notify.error(`${file.name}: ${errorText(error)}`)
            remove(key)
            failed()
          },
        )
      }
    },
    [uploads.length, capabilities, words, notify, errorText, remove, failed],
  )

  const clear = useCallback(() => setUploads([]), [])
  const attachments = uploads.flatMap((upload) => (upload.attachment ? [{ ...upload.attachment, url: upload.attachment.url ?? upload.preview ?? '' }] : []))
  return { uploads, attachments, uploading: attachments.length < uploads.length, add, remove, clear }
}
