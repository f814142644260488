import { ActionIcon, Button, FileButton, Tooltip } from '@mantine/core'
import { IconPaperclip, IconSend2, IconTemplate } from '@tabler/icons-react'
import type { Capabilities } from '../api/types'
import { useFormat, useText } from '../i18n'
import { composerText } from '../i18n/composer'
import classes from './Composer.module.css'
import { typeNames } from './files'

type Props = {
  files?: { capabilities: Pick<Capabilities, 'max_file_bytes' | 'file_types'>; add: (files: FileList) => void } | undefined
  openCanned?: (() => void) | undefined
  left: number
  limit: number
  sendLabel: string
  disabled: boolean
  /** What was sent waits for its files. */
  busy: boolean
  send: () => void
}

export function ComposerFoot({ files, openCanned, left, limit, sendLabel, disabled, busy, send }: Props) {
  const t = useText(composerText)
  const format = useFormat()
  const noFiles = !files || files.capabilities.max_file_bytes === 0 || files.capabilities.file_types.length === 0
  const attachHelp = !files || noFiles ? t.noFiles : t.attachTypes(typeNames(files.capabilities.file_types), format.bytes(files.capabilities.max_file_bytes))
  return (
    <div className={classes.foot}>
      {files && (
        <FileButton multiple accept={files.capabilities.file_types.join(',')} onChange={(chosen) => files.add(toFileList(chosen))} disabled={noFiles}>
          {(props) => (
            <Tooltip label={`${t.attach} · ${attachHelp}`}>
              <ActionIcon {...props} data-testid="composer-attach" size="md" aria-label={t.attach} disabled={noFiles}>
                <IconPaperclip size={18} stroke={1.7} aria-hidden />
              </ActionIcon>
            </Tooltip>
          )}
        </FileButton>
      )}
      {openCanned && (
        <Tooltip label={t.canned}>
          <ActionIcon size="md" data-testid="composer-canned" aria-label={t.canned} onClick={openCanned}>
            <IconTemplate size={18} stroke={1.7} aria-hidden />
          </ActionIcon>
        </Tooltip>
      )}
      <span className={classes.counter} data-over={left < 0} aria-live="polite">
        {left < 0 ? t.tooLong(-left) : left <= Math.max(50, limit * 0.1) ? t.left(left) : ''}
      </span>
      <Button size="compact-md" data-testid="composer-send" rightSection={<IconSend2 size={15} aria-hidden />} disabled={disabled} loading={busy} onClick={send}>
        {sendLabel}
      </Button>
    </div>
  )
}

function toFileList(files: File[]): FileList {
  const transfer = new DataTransfer()
  for (const file of files) transfer.items.add(file)
  return transfer.files
}
