import { UnstyledButton } from '@mantine/core'
import { IconDownload, IconFile, IconFileTypePdf } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import type { Attachment } from '../api/types'
import { useFormat, useText } from '../i18n'
import { conversationText } from '../i18n/conversation'
import classes from './Attachments.module.css'

const Lightbox = lazy(() => import('./Lightbox'))

const shownInline = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])

/** Only addresses of our own or of the web; nothing a browser would run. */
function safeUrl(url: string | undefined): string | undefined {
  if (!url || !URL.canParse(url, location.href)) return undefined
  const { protocol } = new URL(url, location.href)
  return protocol === 'https:' || protocol === 'http:' || protocol === 'blob:' ? url : undefined
}

type Shown = Attachment & { state?: string; error?: string; code?: string }

/** Pictures in a box of fixed size, other files as cards. A file that is not there says why. */
export function Attachments({ attachments }: { attachments: readonly Shown[] }) {
  return (
    <div className={classes.attachments}>
      {attachments.map((attachment) => {
        const url = attachment.state ? undefined : safeUrl(attachment.url)
        return shownInline.has(attachment.media_type) && url ? (
          <Picture key={attachment.id} attachment={attachment} url={url} />
        ) : (
          <FileCard key={attachment.id} attachment={attachment} url={url} />
        )
      })}
    </div>
  )
}

function Picture({ attachment, url }: { attachment: Attachment; url: string }) {
  const t = useText(conversationText)
  const [opened, setOpened] = useState(false)
  const [broken, setBroken] = useState(false)
  if (broken) return <FileCard attachment={attachment} url={url} />
  return (
    <>
      <UnstyledButton className={classes.picture} onClick={() => setOpened(true)} aria-label={t.image(attachment.name)}>
        <img src={url} alt="" loading="lazy" decoding="async" onError={() => setBroken(true)} />
      </UnstyledButton>
      <Suspense fallback={null}>{opened && <Lightbox url={url} name={attachment.name} close={() => setOpened(false)} />}</Suspense>
    </>
  )
}

function FileCard({ attachment, url }: { attachment: Shown; url: string | undefined }) {
  const format = useFormat()
  const t = useText(conversationText).file
  const { state, code = '', error = t.refused } = attachment
  // Why it is not there in words of ours, where there are some.
  const why = Object.hasOwn(t, code) ? t[code as keyof typeof t] : error
  const words = state === 'failed' ? why : state === 'pending' ? t.pending : format.bytes(attachment.size)
  const FileIcon = attachment.media_type === 'application/pdf' ? IconFileTypePdf : IconFile
  const content = (
    <>
      <FileIcon size={24} stroke={1.4} aria-hidden />
      <span className={classes.fileText}>
        <span className={classes.fileName}>{attachment.name}</span>
        <span className={classes.fileSize} title={attachment.error}>
          {words}
        </span>
      </span>
      {url && <IconDownload size={16} aria-hidden />}
    </>
  )
  if (!url) return <span className={classes.file}>{content}</span>
  return (
    <a className={classes.file} href={url} target="_blank" rel="noopener noreferrer" download={attachment.name}>
      {content}
    </a>
  )
}
