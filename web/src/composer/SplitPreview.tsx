import { Collapse, UnstyledButton } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconChevronDown, IconPaperclip } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, call } from '../api/client'
import { keys } from '../api/keys'
import type { Capabilities, MessagePart } from '../api/types'
import { useText } from '../i18n'
import { composerText } from '../i18n/composer'
import classes from './Composer.module.css'
import { lengthIn } from './length'

export type Draft = { channel_id: string; text: string; files: number; options: string[] }

/** How many messages go at once; the server has the same bound. */
export const mostParts = 10

type Rules = Pick<Capabilities, 'max_text' | 'text_unit' | 'max_caption' | 'max_files' | 'max_options' | 'max_option_label' | 'options_with_files'>

/** Whether a message may not go as it is: then the server is asked how it is divided. */
export function needsSplit({ text, files, options }: Draft, rules: Rules): boolean {
  const length = lengthIn(text, rules.text_unit)
  if (rules.max_text > 0 && length > rules.max_text) return true
  if (files > rules.max_files) return true
  if (files > 0 && (length > rules.max_caption || (options.length > 0 && !rules.options_with_files))) return true
  return rules.max_option_label > 0 && options.some((label) => lengthIn(label, rules.text_unit) > rules.max_option_label)
}

/** The messages that a draft becomes, by the server's rules; undefined while it is one, or not known yet. */
export function useParts(draft: Draft, rules: Rules): { parts: MessagePart[] | undefined; asking: boolean } {
  const [settled] = useDebouncedValue(draft, 300)
  const split = needsSplit(draft, rules)
  const query = useQuery({
    queryKey: keys.messagePreview(settled),
    queryFn: async ({ signal }) => (await call(api.POST('/message-previews', { body: settled, signal }))).parts,
    enabled: split && needsSplit(settled, rules),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 60_000,
  })
  return { parts: split ? query.data : undefined, asking: split && query.isFetching }
}

/** Tells that a message goes out as several, and shows them. */
export function SplitPreview({ parts, language }: { parts: MessagePart[]; language: string }) {
  const t = useText(composerText).split
  const [open, setOpen] = useState(false)
  if (parts.length < 2) return null
  const tooMany = parts.length > mostParts
  return (
    <div className={classes.split} data-testid="composer-split" data-over={tooMany}>
      <UnstyledButton className={classes.splitHead} aria-expanded={open} onClick={() => setOpen(!open)}>
        <IconChevronDown size={14} aria-hidden className={classes.splitMark} />
        <span aria-live="polite">{tooMany ? t.tooMany(parts.length, mostParts) : t.summary(parts.length)}</span>
      </UnstyledButton>
      <Collapse expanded={open}>
        <ol className={classes.parts} aria-label={t.list} tabIndex={0}>
          {parts.map((part, index) => (
            <li key={index} className={classes.part} data-testid="composer-part" lang={language || undefined}>
              <span className="sx-hidden">{t.part(index + 1)}</span>
              {part.files > 0 && (
                <span className={classes.partFiles}>
                  <IconPaperclip size={13} aria-hidden /> {t.files(part.files)}
                </span>
              )}
              {part.text}
              {part.options.length > 0 && <span className={classes.partOptions}>{part.options.join(' · ')}</span>}
            </li>
          ))}
        </ol>
      </Collapse>
    </div>
  )
}
