import { useEffect, useRef, useState, type ClipboardEvent, type DragEvent } from 'react'
import type { Conversation } from '../api/types'
import { useActions } from '../app/actions'
import { useWorkspace } from '../conversation/workspace'
import { useText } from '../i18n'
import { composerText } from '../i18n/composer'
import { uuid } from '../lib/uuid'
import { useMe } from '../session'
import { useContactName } from '../ui/useContactName'
import { useLayout } from '../ui/useLayout'
import classes from './Composer.module.css'
import { ComposerFoot } from './ComposerFoot'
import { readDraft, writeDraft, type DraftTab } from './drafts'
import { textLength } from './files'
import { TextBox, type TextBoxHandle } from './TextBox'
import { UploadList } from './UploadList'
import { useTypingSignal } from './useTypingSignal'
import { useUploads } from './useUploads'

/** Before the server has said what the channel can do. */
const unknownCapabilities = { max_text: 4000, max_file_bytes: 0, file_types: [] as string[], typing: false }

/** Where the owner and their helpers answer the customer, or write to each other; begin is which of the two comes first. */
export function Composer({ conversation, begin = 'reply' }: { conversation: Conversation; begin?: DraftTab }) {
  const t = useText(composerText)
  const me = useMe()
  const name = useContactName()(conversation)
  const { outbox } = useWorkspace()
  const layout = useLayout()
  const { id } = conversation
  const capabilities = conversation.capabilities ?? unknownCapabilities
  const box = useRef<TextBoxHandle>(null)
  const [tab, setTab] = useState<DraftTab>(begin)
  const [texts, setTexts] = useState(() => ({ reply: readDraft(me.id, id, 'reply'), note: readDraft(me.id, id, 'note') }))
  const [dropping, setDropping] = useState(false)
  // The reply was sent; it goes when its files are there.
  const [going, setGoing] = useState(false)
  const files = useUploads(capabilities, () => setGoing(false))
  const signalTyping = useTypingSignal(id, capabilities.typing)

  const text = texts[tab]
  const reply = tab === 'reply'
  const limit = reply ? capabilities.max_text : 10_000
  const over = textLength(text.trim()) - limit
  const hasFiles = reply && files.uploads.length > 0
  const sendable = over <= 0 && (text.trim() !== '' || hasFiles) && !(reply && going)

  const write = (next: string, which: DraftTab = tab) => {
    setTexts((all) => ({ ...all, [which]: next }))
    writeDraft(me.id, id, which, next)
    if (which === 'reply' && next.trim() !== '') signalTyping()
  }
  const choose = (next: DraftTab) => {
    setTab(next)
    box.current?.focus()
  }
  const send = () => {
    if (!sendable) return
    if (reply && files.uploading) setGoing(true)
    else put()
  }
  const put = () => {
    outbox.add({ id: uuid(), conversationId: id, kind: reply ? 'message' : 'note', text: text.trim(), attachments: reply ? files.attachments : [] })
    write('')
    if (reply) files.clear()
  }
  useEffect(() => {
    if (!going || !reply || files.uploading) return
    setGoing(false)
    if (text.trim() !== '' || hasFiles) put()
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only the end of the uploads sends
  }, [going, reply, files.uploading])

  useActions([
    { id: 'reply', label: t.focusReply, group: 'composer', keys: 'r', run: () => choose('reply') },
    { id: 'note', label: t.focusNote, group: 'composer', keys: 'n', run: () => choose('note') },
  ])

  const takeFiles = (list: FileList) => {
    setTab('reply')
    files.add([...list])
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setDropping(false)
    if (event.dataTransfer.files.length > 0) takeFiles(event.dataTransfer.files)
  }
  const paste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length === 0) return
    event.preventDefault()
    takeFiles(event.clipboardData.files)
  }

  return (
    <div
      className={classes.composer}
      data-testid="composer"
      data-tab={tab}
      data-dropping={dropping}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes('Files')) return
        event.preventDefault()
        setDropping(true)
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setDropping(false)
      }}
      onDrop={drop}
      onPaste={paste}
    >
      <Tabs tab={tab} choose={choose} />
      <TextBox
        ref={box}
        value={text}
        onChange={(next) => write(next)}
        onSend={send}
        readOnly={reply && going}
        label={reply ? t.replyLabel : t.noteLabel}
        placeholder={reply ? t.replyTo(name) : t.notePlaceholder}
        autoFocus={layout !== 'phone'}
        canned={reply ? { contactName: conversation.contact.name, language: conversation.language } : undefined}
      />
      {reply && <UploadList uploads={files.uploads} remove={files.remove} />}
      <ComposerFoot
        files={reply ? { capabilities, add: takeFiles } : undefined}
        openCanned={reply ? () => box.current?.startCanned() : undefined}
        left={limit - textLength(text.trim())}
        limit={limit}
        sendLabel={reply ? t.send : t.addNote}
        disabled={!sendable}
        busy={reply && going}
        send={() => {
          send()
          box.current?.focus()
        }}
      />
      {dropping && <div className={classes.drop}>{t.drop}</div>}
    </div>
  )
}

function Tabs({ tab, choose }: { tab: DraftTab; choose: (tab: DraftTab) => void }) {
  const t = useText(composerText)
  const tabs: DraftTab[] = ['reply', 'note']
  return (
    <div className={classes.tabs} role="group" aria-label={t.tabs}>
      {tabs.map((one) => (
        <button key={one} type="button" className={classes.tab} data-testid={`composer-${one}`} aria-pressed={tab === one} onClick={() => choose(one)}>
          {one === 'reply' ? t.reply : t.note}
        </button>
      ))}
    </div>
  )
}
