import type { Item } from './api.ts'
import { Sheet } from './signs.tsx'
import type { Texts } from './texts.ts'

/** How far something got, in words. */
export function mark(item: Item, t: Texts): string {
  const words: Record<string, string> = {
    pending: t.pending, taken: `✓ ${t.taken}`, told: `✓ ${t.told}`, refused: `! ${t.refused}`, queued: t.queued, sent: `✓ ${t.sent}`, delivered: `✓✓ ${t.delivered}`,
    read: `✓✓ ${t.seen}`, failed: `! ${t.failed}`,
  }
  return words[item.status] ?? item.status
}

/** The files of a message: pictures as such, others by name. */
export function Files({ item, t }: { item: Item; t: Texts }) {
  return (
    <>
      {item.files?.map((f) => f.media_type.startsWith('image/')
        ? <img key={f.url} src={f.url} alt={f.name || t.attach} />
        : <a key={f.url} href={f.url} target="_blank" rel="noreferrer"><Sheet /> {f.name || f.media_type || f.url}</a>)}
    </>
  )
}

/** A file as it is handed to the lab. */
export async function base64(file: File): Promise<{ name: string; media_type: string; content: string }> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let text = ''
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return { name: file.name, media_type: file.type || 'application/octet-stream', content: btoa(text) }
}
