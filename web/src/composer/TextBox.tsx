import { Textarea } from '@mantine/core'
import { useImperativeHandle, useLayoutEffect, useRef, useState, type KeyboardEvent, type Ref } from 'react'
import { useCannedReplies } from '../api/queries'
import type { CannedReply } from '../api/types'
import { useMe } from '../session'
import { cannedQuery, expandCanned, insertCanned, matchCanned, type CannedQuery } from './canned'
import { CannedMenu } from './CannedMenu'
import classes from './Composer.module.css'

export type TextBoxHandle = { focus: () => void; startCanned: () => void }

type Props = {
  ref?: Ref<TextBoxHandle>
  value: string
  onChange: (value: string) => void
  onSend: () => void
  /** Instead of leaving the field. */
  onEscape?: (() => void) | undefined
  label: string
  placeholder: string
  autoFocus?: boolean
  readOnly?: boolean
  /** Offers ready-made replies after "/". */
  canned?: { contactName: string; language: string } | undefined
}

/** The growing text field: Enter sends, Shift+Enter breaks the line, "/" inserts a ready-made reply. */
export function TextBox({ ref, value, onChange, onSend, onEscape, label, placeholder, autoFocus = false, readOnly = false, canned }: Props) {
  const me = useMe()
  const area = useRef<HTMLTextAreaElement>(null)
  const { data: replies = [] } = useCannedReplies()
  const [query, setQuery] = useState<CannedQuery | null>(null)
  const [active, setActive] = useState(0)
  const caretAfter = useRef<number | null>(null)
  const matches = canned && query ? matchCanned(replies, query.words, canned.language).slice(0, 6) : []
  const menuOpen = canned !== undefined && query !== null

  useLayoutEffect(() => {
    if (caretAfter.current === null) return
    area.current?.setSelectionRange(caretAfter.current, caretAfter.current)
    caretAfter.current = null
  }, [value])

  const change = (next: string, caret: number) => {
    onChange(next)
    setQuery(canned ? cannedQuery(next, caret) : null)
    setActive(0)
  }
  const filled = (reply: CannedReply) => expandCanned(reply.body, { contact: { name: canned?.contactName ?? '' }, agent: { name: me.name } })
  const insert = (reply: CannedReply) => {
    if (!query || !canned) return
    const inserted = insertCanned(value, query, filled(reply))
    caretAfter.current = inserted.caret
    onChange(inserted.text)
    setQuery(null)
    area.current?.focus()
  }
  const startCanned = () => {
    const next = value === '' || /\s$/.test(value) ? `${value}/` : `${value} /`
    caretAfter.current = next.length
    change(next, next.length)
    area.current?.focus()
  }
  useImperativeHandle(ref, () => ({ focus: () => area.current?.focus(), startCanned }))

  const keyInMenu = (event: KeyboardEvent): boolean => {
    const chosen = matches[active]
    if (event.key === 'Escape') setQuery(null)
    else if (event.key === 'ArrowDown' && matches.length > 0) setActive((active + 1) % matches.length)
    else if (event.key === 'ArrowUp' && matches.length > 0) setActive((active - 1 + matches.length) % matches.length)
    else if ((event.key === 'Enter' || event.key === 'Tab') && chosen) insert(chosen)
    else return false
    event.preventDefault()
    return true
  }
  const key = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While a Korean syllable is being composed, Enter belongs to the input method.
    if (event.nativeEvent.isComposing) return
    if (menuOpen && keyInMenu(event)) return
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
      event.preventDefault()
      onSend()
    } else if (event.key === 'Escape' && onEscape) {
      event.preventDefault()
      onEscape()
    } else if (event.key === 'Escape') event.currentTarget.blur()
  }

  return (
    <div className={classes.textBox}>
      {menuOpen && <CannedMenu replies={matches} active={active} choose={insert} preview={filled} />}
      <Textarea
        ref={area}
        data-testid="composer-input"
        variant="unstyled"
        autosize
        minRows={2}
        maxRows={9}
        autoFocus={autoFocus}
        readOnly={readOnly}
        aria-label={label}
        placeholder={placeholder}
        value={value}
        onChange={(event) => change(event.currentTarget.value, event.currentTarget.selectionStart)}
        onKeyDown={key}
        onBlur={() => setQuery(null)}
        classNames={{ input: classes.input ?? '' }}
        {...(menuOpen ? { 'aria-autocomplete': 'list' as const, 'aria-controls': 'canned-menu', 'aria-activedescendant': matches[active] ? `canned-${matches[active].id}` : undefined } : {})}
      />
    </div>
  )
}
