import { createContext, use, useEffect, useState, type ReactNode } from 'react'
import { api, call } from '../api/client'
import type { ConversationEvent } from '../api/types'
import { Outbox, type Outgoing } from '../composer/outbox'
import { useReconnect } from '../realtime'
import { useMe } from '../session'
import { Feed } from './feed'

const kept = 24

/** The feeds of conversations looked at lately, so that going back shows them at once. */
class Feeds {
  private readonly feeds = new Map<string, Feed>()

  get(id: string): Feed {
    const found = this.feeds.get(id) ?? new Feed((range) => call(api.GET('/conversations/{id}/events', { params: { path: { id }, query: range } })))
    this.feeds.delete(id)
    this.feeds.set(id, found)
    const oldest = this.feeds.keys().next().value
    if (this.feeds.size > kept && oldest !== undefined) this.feeds.delete(oldest)
    return found
  }

  peek(id: string): Feed | undefined {
    return this.feeds.get(id)
  }
}

type Workspace = { feeds: Feeds; outbox: Outbox }

const WorkspaceContext = createContext<Workspace | null>(null)

function post(message: Outgoing): Promise<ConversationEvent> {
  const { id, conversationId, kind, text, attachments, options = [], template, replyTo } = message
  const params = { path: { id: conversationId } }
  if (kind === 'note') return call(api.POST('/conversations/{id}/notes', { params, body: { id, text } }))
  if (template) return call(api.POST('/conversations/{id}/messages', { params, body: { id, template } }))
  const files = attachments.map((attachment) => attachment.id)
  const body = { id, ...(text ? { text } : {}), ...(files.length > 0 ? { attachments: files } : {}), ...(options.length > 0 ? { options: [...options] } : {}), ...(replyTo ? { reply_to: replyTo } : {}) }
  return call(api.POST('/conversations/{id}/messages', { params, body }))
}

function createWorkspace(personId: string): Workspace {
  const feeds = new Feeds()
  const outbox = new Outbox(`seax.outbox.${personId}`, async (message) => {
    const event = await post(message)
    feeds.peek(message.conversationId)?.push(event)
  })
  return { feeds, outbox }
}

/** What outlives single conversations: their feeds, and what was written and not yet logged. */
export function WorkspaceProvider({ children }: { children: ReactNode }) {
  const me = useMe()
  const [workspace] = useState(() => createWorkspace(me.id))
  useReconnect(() => workspace.outbox.kick())
  useEffect(() => {
    const kick = () => workspace.outbox.kick()
    kick()
    window.addEventListener('online', kick)
    return () => window.removeEventListener('online', kick)
  }, [workspace])
  return <WorkspaceContext value={workspace}>{children}</WorkspaceContext>
}

export function useWorkspace(): Workspace {
  const workspace = use(WorkspaceContext)
  if (!workspace) throw new Error('no WorkspaceProvider above')
  return workspace
}
