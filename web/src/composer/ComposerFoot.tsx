import { ActionIcon, Button, FileButton, Tooltip } from '@mantine/core'
import { IconListCheck, IconMessage2Bolt, IconPaperclip, IconSend2, IconTemplate } from '@tabler/icons-react'
import type { Capabilities } from '../api/types'
import { useFormat, useText } from '../i18n'
import { composerText } from '../i18n/composer'
import classes from './Composer.module.css'
import { Counter } from './Counter'
import { typeNames, type FileRules } from './files'

type Props = {
  files?: { capabilities: FileRules; add: (files: FileList) => void } | undefined
  openCanned?: (() => void) | undefined
  /** Shows the replies to choose from, or (choosing) drops them. */
  addOptions?: (() => void) | undefined
  choosing: boolean
  openTemplates?: (() => void) | undefined
  text: string
  capabilities: Pick<Capabilities, 'max_text' | 'text_unit' | 'segments'>
  sendLabel: string
  disabled: boolean
  /** What was sent waits for its files. */
  busy: boolean
  send: () => void
}

export function ComposerFoot({ files, openCanned, addOptions, choosing, openTemplates, text, capabilities, sendLabel, disabled, busy, send }: Props) {
  const t = useText(composerText)
  const format = useFormat()
  const noFiles = !files || files.capabilities.max_file_bytes === 0 || files.capabilities.file_types.length === 0
  const attachHelp = !files || noFiles ? t.noFiles : t.attachTypes(typeNames(files.capabilities.file_types, t.families), format.bytes(files.capabilities.max_file_bytes))
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
            <IconMessage2Bolt size={18} stroke={1.7} aria-hidden />
          </ActionIcon>
        </Tooltip>
      )}
      {addOptions && (
        <Tooltip label={t.options.add}>
          <ActionIcon size="md" data-testid="composer-add-options" aria-label={t.options.add} aria-pressed={choosing} onClick={addOptions}>
            <IconListCheck size={18} stroke={1.7} aria-hidden />
          </ActionIcon>
        </Tooltip>
      )}
      {openTemplates && (
        <Tooltip label={t.template.open}>
          <ActionIcon size="md" data-testid="composer-template" aria-label={t.template.open} onClick={openTemplates}>
            <IconTemplate size={18} stroke={1.7} aria-hidden />
          </ActionIcon>
        </Tooltip>
      )}
      <Counter text={text} capabilities={capabilities} />
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
