import { CloseButton } from '@mantine/core'
import { lazy, Suspense, useEffect, useRef, useState, type ClipboardEvent, type DragEvent } from 'react'
import type { Capabilities, Conversation } from '../api/types'
import { useActions } from '../app/actions'
import { Quote, type Answered } from '../conversation/Quote'
import { useWorkspace } from '../conversation/workspace'
import { useText } from '../i18n'
import { composerText } from '../i18n/composer'
import { uuid } from '../lib/uuid'
import { useMe } from '../session'
import { useContactName } from '../ui/useContactName'
import { useLayout } from '../ui/useLayout'
import { useNow } from '../ui/useNow'
import classes from './Composer.module.css'
import { ComposerFoot } from './ComposerFoot'
import { readDraft, writeDraft, type DraftTab } from './drafts'
import { isTooLong, OptionsEditor } from './OptionsEditor'
import { replyWindow } from './replyWindow'
import { mostParts, SplitPreview, useParts } from './SplitPreview'
import { TextBox, type TextBoxHandle } from './TextBox'
import { UploadList } from './UploadList'
import { useTypingSignal } from './useTypingSignal'
import { useUploads } from './useUploads'
import { WindowClosed, WindowLeft } from './WindowNotice'

const TemplateDialog = lazy(() => import('./TemplateDialog'))

/** Before the server has said what the channel can do. */
const unknownCapabilities: Capabilities = {
  max_text: 4000,
  text_unit: 'characters',
  segments: false,
  max_caption: 0,
  max_files: 1,
  max_file_bytes: 0,
  file_types: [],
  media: [],
  options: false,
  max_options: 0,
  max_option_label: 0,
  typing: false,
  read_marks: false,
  receipts: false,
  replies: false,
  reactions: false,
  edits: false,
  deletes: false,
  templates: false,
  can_start: false,
  start_by_template: false,
}

/** The longest note; the server has the same bound. */
const noteCapabilities = { max_text: 10_000, text_unit: 'characters', segments: false } as const

type Props = {
  conversation: Conversation
  begin?: DraftTab
  /** The message that is answered by name. */
  answering?: Answered | undefined
  stopAnswering?: () => void
}

/** Where the owner and their helpers answer the customer, or write to each other; begin is which of the two comes first. */
export function Composer({ conversation, begin = 'reply', answering, stopAnswering }: Props) {
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
  const [options, setOptions] = useState<string[]>([])
  const [choosing, setChoosing] = useState(false)
  // The reply was sent; it goes when its files are there.
  const [going, setGoing] = useState(false)
  const files = useUploads(capabilities, () => setGoing(false))
  const signalTyping = useTypingSignal(id, capabilities.typing)

  const window = replyWindow(conversation, useNow(15_000))
  const text = texts[tab]
  const quoted = answering?.event?.seq
  const reply = tab === 'reply'
  const blank = text.trim() === ''
  const shut = reply && (window.state === 'closed' || window.state === 'opted_out')
  const hasFiles = reply && files.uploads.length > 0
  const labels = reply ? options.map((label) => label.trim()).filter(Boolean) : []
  const { parts } = useParts({ channel_id: conversation.channel.id, text: reply ? text.trim() : '', files: reply ? files.uploads.length : 0, options: labels }, capabilities)
  const over = reply ? (parts?.length ?? 1) > mostParts || labels.some((label) => isTooLong(label, capabilities)) : text.trim().length > noteCapabilities.max_text
  const sendable = !over && !shut && (!blank || (hasFiles && labels.length === 0)) && !(reply && going)

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
    outbox.add({ id: uuid(), conversationId: id, kind: reply ? 'message' : 'note', text: text.trim(), attachments: reply ? files.attachments : [], ...(labels.length > 0 ? { options: labels } : {}), ...(reply && quoted ? { replyTo: quoted } : {}) })
    write('')
    if (reply) {
      files.clear()
      setOptions([])
      stopAnswering?.()
    }
  }
  useEffect(() => {
    if (!going || !reply || files.uploading) return
    setGoing(false)
    if (!blank || hasFiles) put()
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only the end of the uploads sends
  }, [going, reply, files.uploading])

  useEffect(() => {
    if (!quoted) return
    setTab('reply')
    // The menu it was chosen in gives the focus back first.
    const timer = setTimeout(() => box.current?.focus())
    return () => clearTimeout(timer)
  }, [quoted])

  useActions([
    { id: 'reply', label: t.focusReply, group: 'composer', keys: 'r', run: () => choose('reply') },
    { id: 'note', label: t.focusNote, group: 'composer', keys: 'n', run: () => choose('note') },
    { id: 'template', label: t.template.open, group: 'composer', enabled: capabilities.templates && window.state !== 'opted_out', run: () => setChoosing(true) },
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
      <div className={classes.top}>
        <Tabs tab={tab} choose={choose} />
        {reply && <WindowLeft window={window} />}
      </div>
      {shut ? (
        <WindowClosed window={window} openTemplates={() => setChoosing(true)} />
      ) : (
        <>
          {reply && answering && (
            <div className={classes.answering} data-testid="composer-answering">
              <Quote answered={answering} customerName={name} meId={me.id} />
              <CloseButton size="sm" aria-label={t.stopAnswering} onClick={stopAnswering} onKeyDown={(event) => event.key === 'Escape' && stopAnswering?.()} />
            </div>
          )}
          <TextBox
            ref={box}
            value={text}
            onChange={(next) => write(next)}
            onSend={send}
            onEscape={reply && answering ? stopAnswering : undefined}
            readOnly={reply && going}
            label={reply ? t.replyLabel : t.noteLabel}
            placeholder={reply ? t.replyTo(name) : t.notePlaceholder}
            autoFocus={layout !== 'phone'}
            canned={reply ? { contactName: conversation.contact.name, language: conversation.language } : undefined}
          />
          {reply && options.length > 0 && <OptionsEditor options={options} change={setOptions} capabilities={capabilities} />}
          {labels.length > 0 && blank && <p className={classes.hint}>{t.options.needText}</p>}
          {reply && <UploadList uploads={files.uploads} remove={files.remove} />}
          {reply && parts && <SplitPreview parts={parts} language={conversation.language} />}
          <ComposerFoot
            files={reply ? { capabilities, add: takeFiles } : undefined}
            openCanned={reply ? () => box.current?.startCanned() : undefined}
            addOptions={reply && capabilities.options ? () => setOptions(options.length === 0 ? ['', ''] : []) : undefined}
            choosing={options.length > 0}
            openTemplates={reply && capabilities.templates ? () => setChoosing(true) : undefined}
            text={text.trim()}
            capabilities={reply ? capabilities : noteCapabilities}
            sendLabel={reply ? t.send : t.addNote}
            disabled={!sendable}
            busy={reply && going}
            send={() => {
              send()
              box.current?.focus()
            }}
          />
        </>
      )}
      {choosing && (
        <Suspense fallback={null}>
          <TemplateDialog conversation={conversation} close={() => setChoosing(false)} />
        </Suspense>
      )}
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
