import { CloseButton, Loader } from '@mantine/core'
import { IconFile } from '@tabler/icons-react'
import { useFormat, useText } from '../i18n'
import { composerText } from '../i18n/composer'
import classes from './Composer.module.css'
import type { Upload } from './useUploads'

export function UploadList({ uploads, remove }: { uploads: readonly Upload[]; remove: (key: string) => void }) {
  const t = useText(composerText)
  const format = useFormat()
  if (uploads.length === 0) return null
  return (
    <ul className={classes.uploads}>
      {uploads.map((upload) => (
        <li key={upload.key} className={classes.upload}>
          {upload.preview ? <img src={upload.preview} alt="" className={classes.thumb} /> : <IconFile size={22} stroke={1.4} aria-hidden />}
          <span className={classes.uploadText}>
            <span className={classes.uploadName}>{upload.name}</span>
            <span className={classes.uploadSize}>{format.bytes(upload.size)}</span>
          </span>
          {!upload.attachment && <Loader size={14} role="status" aria-label={t.uploading(upload.name)} />}
          <CloseButton size="sm" aria-label={t.removeFile(upload.name)} onClick={() => remove(upload.key)} />
        </li>
      ))}
    </ul>
  )
}
