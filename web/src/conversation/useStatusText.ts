import { usePresences, useQueues } from '../api/queries'
import type { ConversationEvent } from '../api/types'
import { useFormat, useLanguage, useLocalText, useText } from '../i18n'
import { commonText } from '../i18n/common'
import { conversationText } from '../i18n/conversation'
import { useChannelName } from '../ui/ChannelIcon'
import { bodyOf, type StatusBody } from './bodies'

/** A status event in words. */
export function useStatusText(): (event: ConversationEvent) => string {
  const { status: t, somebody } = useText(conversationText)
  const { language: languages } = useText(commonText)
  const { language } = useLanguage()
  const format = useFormat()
  const local = useLocalText()
  const channelName = useChannelName()
  const { data: queues } = useQueues()
  const { data: presences } = usePresences()

  const queueName = (id: string | undefined) => {
    const queue = queues?.find((one) => one.id === id)
    return queue ? local(queue.name) : (id ?? '')
  }
  // Who becomes away passes on what was offered; the reason is the presence then.
  const presenceName = (reason: string) => local(presences?.find((one) => one.id === reason)?.label) || reason
  const outcomeName = (id: string) => {
    const outcome = queues?.flatMap((queue) => queue.outcomes).find((one) => one.id === id)
    return outcome ? local(outcome.label) : id
  }
  const because = (text: string, reasons: Record<string, string>, reason: string | undefined) =>
    reason && Object.hasOwn(reasons, reason) ? `${text} (${reasons[reason] ?? ''})` : text
  const languageName = (id: string) => (id === 'en' || id === 'ko' ? languages[id] : id || languages.unknown)

  const changes = (body: StatusBody) => {
    const list = Object.entries(body.attributes ?? {}).map(([key, value]) => (value === '' ? `−${key}` : `${key} = ${value}`))
    if (body.language !== undefined) list.push(`${t.language} = ${languageName(body.language)}`)
    return list.join(', ')
  }

  // Flows name their steps as they like; those of the bot have words here.
  const step = (name: string, detail: string | undefined) => {
    const words = Object.hasOwn(t.steps, name) ? t.steps[name as keyof typeof t.steps] : t.step(name.replaceAll('_', ' '))
    return detail ? `${words}: ${detail}` : words
  }
  const target = (body: StatusBody) => (body.to_agent ? (body.to_agent.name ?? somebody) : queueName(body.to_queue))

  return (event) => {
    const body = bodyOf<StatusBody>(event)
    const agent = body.agent?.name ?? somebody
    const actor = event.actor.name ?? somebody
    switch (event.kind) {
      case 'conversation.opened':
        return t.opened(channelName(body.channel ?? ''))
      case 'customer.left':
        return t.customerLeft
      case 'flow.step':
        return step(body.step ?? '', body.detail)
      case 'routing.requested':
        return body.queue ? t.requested(queueName(body.queue)) : t.requestedAny
      case 'routing.step':
        return body.queue ? t.nextStep(queueName(body.queue)) : t.nextStepAny
      case 'routing.overflowed':
        return because(t.overflowed, t.overflowedWhy, body.reason)
      case 'reservation.created':
        return t.offered(agent)
      case 'reservation.accepted':
        return t.accepted(agent)
      case 'reservation.rejected':
        return body.reason ? `${t.rejected(agent)}: ${presenceName(body.reason)}` : t.rejected(agent)
      case 'reservation.timed_out':
        return t.timedOut(agent)
      case 'reservation.rescinded':
        return t.rescinded(agent)
      case 'reservation.canceled':
        return t.canceled(agent)
      case 'conversation.assigned':
        return body.how === 'taken_over' ? t.takenOver(agent) : t.assigned(agent)
      case 'conversation.queued':
        return because(body.queue ? t.queued(queueName(body.queue)) : t.queuedAny, t.queuedWhy, body.reason)
      case 'conversation.transferred':
        if (body.state === 'canceled') return t.transferCanceled
        if (body.state === 'completed') return t.transferDone(target(body))
        return body.note ? `${t.transferTo(actor, target(body))}: ${body.note}` : t.transferTo(actor, target(body))
      case 'conversation.parked': {
        const text = body.until ? t.parkedUntil(format.dateTime(body.until)) : t.parked
        return body.note ? `${text}: ${body.note}` : text
      }
      case 'conversation.resumed':
        return because(t.resumed, t.resumedWhy, body.reason)
      case 'conversation.wrapping':
        return t.wrapping
      case 'conversation.wrapped': {
        if (body.forced) return t.wrappedForced(actor, body.reason ?? '')
        const text = body.outcome ? t.wrapped(outcomeName(body.outcome)) : body.auto ? t.wrappedAuto : t.wrappedPlain
        return body.note ? `${text} (${body.note})` : text
      }
      case 'conversation.closed':
        return t.closed
      case 'conversation.attention':
        return body.reason ? t.attention(body.reason) : t.attentionOver
      case 'conversation.rated':
        return t.rated(body.score ?? 0, body.of ?? 5)
      case 'conversation.updated':
        return t.updated(changes(body))
      case 'conversation.reprioritised':
        return t.reprioritised(actor, format.number(body.to ?? 0), body.reason ?? '')
      case 'agent.lost':
        return t.agentLost(agent)
      case 'agent.back':
        return t.agentBack(agent)
      case 'contact.linked':
        return body.name ? t.linked(body.name) : t.linkedPlain
      default:
        return t.other(language === 'en' ? event.kind.replaceAll(/[._]/g, ' ') : event.kind)
    }
  }
}
