import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { View } from '../chat.ts'
import { Refused, Unreached } from '../api.ts'
import type { Attachment } from '../types.ts'
import { useSurroundings } from './context.ts'
import { ClipIcon, CloseIcon, FileIcon, SendIcon } from './icons.tsx'

/** A file beside the words: on its way up, or there. */
type Upload = { key: number; name: string; share: number; done?: Attachment; stop: AbortController }

const lines = 6
let nextKey = 1

/** Where the visitor writes. */
export function Composer({ view, focus, begun, begin }: { view: View; focus: boolean; begun: string; begin: (text: string) => void }) {
  const { chat, t } = useSurroundings()
  const [text, setText] = useState(begun)
  const [uploads, setUploads] = useState<Upload[]>([])
  // The visitor has sent the message; it goes when its files are there.
  const [going, setGoing] = useState(false)
  const [notice, setNotice] = useState('')
  const [dragging, setDragging] = useState(false)
  const area = useRef<HTMLTextAreaElement>(null)
  const picker = useRef<HTMLInputElement>(null)
  const limits = view.settings
  const uploading = uploads.some((u) => !u.done)
  const length = [...text].length
  const tooLong = limits !== null && length > limits.max_text
  const ready = (text.trim() !== '' || uploads.length > 0) && !going && !tooLong

  useEffect(() => begin(text), [text])
  useEffect(() => {
    if (focus) area.current?.focus({ preventScroll: true })
  }, [focus])
  // As high as the words, up to some lines.
  useLayoutEffect(() => {
    const el = area.current
    if (!el) return
    el.style.height = 'auto'
    el.style.height = `${Math.min(el.scrollHeight, lines * 21 + 20)}px`
  }, [text])

  useEffect(() => {
    if (!going || uploading) return
    setGoing(false)
    if (text.trim() !== '' || uploads.length > 0) say()
  }, [going, uploading])

  function send(): void {
    if (tooLong && limits) setNotice(t.tooLong(limits.max_text))
    if (!ready) return
    if (uploading) setGoing(true)
    else say()
  }

  function say(): void {
    chat.say(
      text.trim(),
      uploads.flatMap((u) => u.done ?? []),
    )
    setText('')
    setUploads([])
    setNotice('')
    area.current?.focus({ preventScroll: true })
  }

  function problem(file: File): string | null {
    if (!limits) return null
    if (file.size > limits.max_file_bytes) return t.tooLarge(file.name, Math.floor(limits.max_file_bytes / (1 << 20)))
    if (file.size === 0) return t.empty(file.name)
    const types = limits.file_types ?? []
    if (file.type && types.length > 0 && !types.includes(file.type.split(';')[0]!)) return t.wrongType(file.name)
    return null
  }

  function attach(files: Iterable<File>): void {
    setNotice('')
    let room = (limits?.max_files ?? 5) - uploads.length
    for (const file of files) {
      const wrong = room-- <= 0 ? t.tooMany(limits?.max_files ?? 5) : problem(file)
      if (wrong) {
        setNotice(wrong)
        continue
      }
      void upload(file)
    }
  }

  async function upload(file: File): Promise<void> {
    const mine: Upload = { key: nextKey++, name: file.name, share: 0, stop: new AbortController() }
    const update = (change: Partial<Upload>) => setUploads((all) => all.map((u) => (u.key === mine.key ? { ...u, ...change } : u)))
    setUploads((all) => [...all, mine])
    try {
      const done = await chat.upload(file, (share) => update({ share }), mine.stop.signal)
      update({ done, share: 1 })
    } catch (e) {
      setUploads((all) => all.filter((u) => u.key !== mine.key))
      if (e instanceof Unreached && mine.stop.signal.aborted) return
      setGoing(false)
      setNotice(reason(e, file.name))
    }
  }

  function reason(e: unknown, name: string): string {
    if (e instanceof Refused && e.status === 413) return t.tooLarge(name, Math.floor((limits?.max_file_bytes ?? 0) / (1 << 20)))
    if (e instanceof Refused && e.status === 415) return t.wrongType(name)
    if (e instanceof Refused && e.status === 429) return t.slowDown
    return t.uploadFailed(name)
  }

  return (
    <form
      class={dragging ? 'composer dragging' : 'composer'}
      onSubmit={(e) => {
        e.preventDefault()
        send()
      }}
      onDragOver={(e) => {
        e.preventDefault()
        setDragging(true)
      }}
      onDragLeave={() => setDragging(false)}
      onDrop={(e) => {
        e.preventDefault()
        setDragging(false)
        attach(e.dataTransfer?.files ?? [])
      }}
    >
      <div role="alert" class="notice" data-testid="seax-notice" hidden={notice === ''}>
        {notice}
      </div>
      {uploads.length > 0 && (
        <ul class="uploads">
          {uploads.map((u) => (
            <li key={u.key}>
              <FileIcon />
              <span class="name">{u.name}</span>
              {!u.done && <progress value={u.share} max={1} aria-label={t.uploading(u.name, Math.round(u.share * 100))} />}
              <button
                type="button"
                class="icon small"
                aria-label={t.remove(u.name)}
                onClick={() => {
                  u.stop.abort()
                  setUploads((all) => all.filter((x) => x.key !== u.key))
                }}
              >
                <CloseIcon />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div class="row">
        <button type="button" class="icon" aria-label={t.attach} data-testid="seax-attach" onClick={() => picker.current?.click()}>
          <ClipIcon />
        </button>
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          tabIndex={-1}
          aria-label={t.attach}
          data-testid="seax-file"
          accept={(limits?.file_types ?? []).join(',') || undefined}
          onChange={(e) => {
            attach([...(e.currentTarget.files ?? [])])
            e.currentTarget.value = ''
          }}
        />
        <textarea
          ref={area}
          rows={1}
          value={text}
          readOnly={going}
          placeholder={t.write}
          aria-label={t.write}
          aria-invalid={tooLong}
          data-testid="seax-input"
          enterkeyhint="send"
          onInput={(e) => {
            setText(e.currentTarget.value)
            setNotice('')
            if (e.currentTarget.value.trim()) chat.wrote()
          }}
          onKeyDown={(e) => {
            // Enter that ends the composition of a Korean syllable sends nothing.
            if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) {
              e.preventDefault()
              send()
            }
          }}
          onPaste={(e) => {
            const files = [...(e.clipboardData?.files ?? [])]
            if (files.length === 0) return
            e.preventDefault()
            attach(files)
          }}
        />
        <button type="submit" class="icon send" aria-label={t.send} aria-disabled={!ready} aria-busy={going} data-testid="seax-send">
          <SendIcon />
        </button>
      </div>
      {limits && length > limits.max_text * 0.9 && (
        <div class={tooLong ? 'count over' : 'count'}>
          {length} / {limits.max_text}
        </div>
      )}
    </form>
  )
}
