import { usePresences, useQueues } from '../api/queries'
import type { ConversationEvent } from '../api/types'
import { useFormat, useLanguage, useLocalText, useText } from '../i18n'
import { commonText } from '../i18n/common'
import { conversationText } from '../i18n/conversation'
import { slaText } from '../i18n/sla'
import { useChannelName } from '../ui/ChannelIcon'
import { bodyOf, type StatusBody } from './bodies'

/** A status event of a conversation on this channel in words. */
export function useStatusText(channel: string): (event: ConversationEvent) => string {
  const { status: t, somebody } = useText(conversationText)
  const sla = useText(slaText)
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
        return t.opened(channel)
      case 'conversation.continued':
        return t.continued(channelName(body.channel_kind ?? ''))
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
        if (body.how === 'taken_over') return body.reason ? `${t.takenOver(agent)}: ${body.reason}` : t.takenOver(agent)
        if (body.how === 'started') return t.started(agent)
        return t.assigned(agent)
      case 'conversation.queued': {
        const text = because(body.queue ? t.queued(queueName(body.queue)) : t.queuedAny, t.queuedWhy, body.reason)
        return body.note ? `${text}: ${body.note}` : text
      }
      case 'conversation.transferred':
        if (body.to_flow) return body.note ? `${t.toFlow(actor, body.to_flow)}: ${body.note}` : t.toFlow(actor, body.to_flow)
        if (body.state === 'canceled') return body.warm ? t.inviteCanceled : t.transferCanceled
        if (body.state === 'completed') return t.transferDone(target(body))
        if (body.warm) return body.note ? `${t.invite(actor, target(body))}: ${body.note}` : t.invite(actor, target(body))
        return body.note ? `${t.transferTo(actor, target(body))}: ${body.note}` : t.transferTo(actor, target(body))
      case 'conversation.parked': {
        const text = body.until ? t.parkedUntil(format.dateTime(body.until)) : t.parked
        return body.note ? `${text}: ${body.note}` : text
      }
      case 'conversation.resumed':
        return because(t.resumed, t.resumedWhy, body.reason)
      case 'conversation.wrapping':
        return body.extended ? t.wrappingExtended : t.wrapping
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
      case 'helper.joined':
        return t.helperJoined(agent)
      case 'helper.left':
        return because(t.helperLeft(agent), t.helperLeftWhy, body.reason)
      case 'conversation.reprioritised':
        return t.reprioritised(actor, format.number(body.to ?? 0), body.reason ?? '')
      case 'agent.lost':
        return t.agentLost(agent)
      case 'agent.back':
        return t.agentBack(agent)
      case 'sla.warned':
        return body.target && body.due ? sla.log.warned(sla.target[body.target], format.stamp(body.due)) : t.other(event.kind)
      case 'sla.breached':
        return body.target && body.due ? sla.log.breached(sla.target[body.target], format.stamp(body.due)) : t.other(event.kind)
      case 'contact.linked':
        return body.name ? t.linked(body.name) : t.linkedPlain
      default:
        return t.other(language === 'en' ? event.kind.replaceAll(/[._]/g, ' ') : event.kind)
    }
  }
}
