import { IconExternalLink } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, call } from '../api/client'
import { useQueues } from '../api/queries'
import type { Conversation } from '../api/types'
import { useFormat, useLocalText, useText } from '../i18n'
import { commonText } from '../i18n/common'
import { customerText } from '../i18n/customer'
import { slaText } from '../i18n/sla'
import { applyConversation } from '../inbox/listCache'
import { useMe } from '../session'
import { SlaClocks } from '../sla/SlaClocks'
import { useNotify } from '../ui/useNotify'
import { Fields } from './Fields'
import classes from './Panel.module.css'
import { Section } from './Section'

/** About this conversation: where and when, and what was noted in it. */
export function ConversationFacts({ conversation: c }: { conversation: Conversation }) {
  const t = useText(customerText)
  const slaWords = useText(slaText)
  const common = useText(commonText)
  const me = useMe()
  const client = useQueryClient()
  const notify = useNotify()
  const format = useFormat()
  const local = useLocalText()
  const { data: queues } = useQueues()
  const queue = queues?.find((one) => one.id === c.queue)
  const outcome = queues?.flatMap((one) => one.outcomes).find((one) => one.id === c.outcome)
  const save = useMutation({
    mutationFn: (attributes: Record<string, string>) => call(api.PATCH('/conversations/{id}', { params: { path: { id: c.id } }, body: { attributes } })),
    onSuccess: (changed) => applyConversation(client, me.id, changed),
    onError: (error) => notify.error(error),
  })
  const facts: [name: string, value: string | undefined, full?: string][] = [
    [t.number, `#${c.number}`],
    [t.channel, c.channel.name],
    [t.queue, queue ? local(queue.name) : c.queue],
    [t.opened, format.stamp(c.opened_at), format.dateTime(c.opened_at)],
    [t.priority, c.priority > 0 ? String(c.priority) : undefined],
    [t.outcome, outcome ? local(outcome.label) : c.outcome || undefined],
    [t.rating, c.rating === undefined ? undefined : String(c.rating)],
  ]
  return (
    <>
      {c.sla && (
        <Section title={slaWords.title}>
          <SlaClocks sla={c.sla} />
        </Section>
      )}
      <Section title={t.details}>
        <dl className={classes.fields}>
          {facts.map(([name, value, full]) =>
            value === undefined ? null : (
              <div key={name} className={classes.field}>
                <dt>{name}</dt>
                <dd title={full}>{value}</dd>
              </div>
            ),
          )}
        </dl>
        {me.temporal_ui_url && (
          <a className={classes.link} data-testid="temporal-link" href={me.temporal_ui_url + c.id} target="_blank" rel="noopener noreferrer">
            {t.temporal}
            <IconExternalLink size={14} aria-hidden />
            <span className="sx-hidden">({common.newWindow})</span>
          </a>
        )}
      </Section>
      <Section title={t.conversationAttributes}>
        <Fields values={c.attributes} save={(change, done) => save.mutate(change, { onSuccess: done })} />
      </Section>
    </>
  )
}
