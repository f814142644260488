import type { SlaFilter, View } from './types'

/** What a list of conversations is restricted to and sorted by; absent: nothing, and the newest message first. */
export type ListFilter = { q?: string; contact?: string; queue?: string; agent?: string; sla?: SlaFilter; sort?: 'due' }

/** The keys of everything kept by TanStack Query, in one place, so that pushes and refetches hit the right ones. */
export const keys = {
  me: ['me'] as const,
  presences: ['presences'] as const,
  queues: ['queues'] as const,
  skills: ['skills'] as const,
  plans: ['plans'] as const,
  planCheck: (plan: unknown) => ['plan-check', plan] as const,
  planTrial: (trial: unknown) => ['plan-trial', trial] as const,
  conditionCheck: (scope: string, condition: string) => ['condition-check', scope, condition] as const,
  targets: ['targets'] as const,
  live: ['live'] as const,
  today: ['today'] as const,
  report: (query: Record<string, string>) => ['report', query] as const,
  agentNames: ['agent-names'] as const,
  wallboards: ['wallboards'] as const,
  wallboard: (token: string) => ['wallboard', token] as const,
  cannedReplies: ['canned-replies'] as const,
  reservations: ['reservations'] as const,
  lists: ['conversations'] as const,
  list: (view: View, filter: ListFilter = {}) => ['conversations', view, filter] as const,
  conversation: (id: string) => ['conversation', id] as const,
  continuations: (id: string) => ['continuations', id] as const,
  starters: ['starters'] as const,
  templates: (channel: string) => ['templates', channel] as const,
  messagePreview: (draft: { channel_id: string; text: string; files: number; options: string[] }) => ['message-preview', draft] as const,
  explain: (id: string) => ['explain', id] as const,
  audit: (filter: Record<string, string>) => ['audit', filter] as const,
  contacts: ['contacts'] as const,
  contactList: (q: string) => ['contacts', q] as const,
  contact: (id: string) => ['contact', id] as const,
  people: ['people'] as const,
  articles: ['articles'] as const,
  channels: ['channels'] as const,
  apiKeys: ['api-keys'] as const,
}
