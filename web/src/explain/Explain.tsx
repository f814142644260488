import { Skeleton, Stack } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { api, call } from '../api/client'
import { keys } from '../api/keys'
import type { Explanation } from '../api/types'
import { useFormat, useText } from '../i18n'
import { commonText } from '../i18n/common'
import type { Catalog } from '../i18n/core'
import type { explain } from '../i18n/en/explain'
import { explainText } from '../i18n/explain'
import type { Formatters } from '../i18n/format'
import { useConversationPushes } from '../realtime'
import { useRole } from '../session'
import { Avatar } from '../ui/Avatar'
import { Failed } from '../ui/Failed'
import { Since } from '../ui/Since'
import classes from './Explain.module.css'
import { Interventions, of } from './Interventions'
import { useNames } from './names'
import { Offers } from './Offers'
import type { Names } from './reasons'
import { Reasons } from './Reasons'
import { Way } from './Way'

/** What a conversation waits for: place, needs, plan, and agent by agent why not; or how it came to who has it. */
export function Explain({ id }: { id: string }) {
  const t = useText(explainText)
  const common = useText(commonText)
  const format = useFormat()
  const names = useNames()
  const supervisor = useRole('supervisor')
  const client = useQueryClient()
  useConversationPushes(id, (push) => {
    if (push.t !== 'event') return
    void client.invalidateQueries({ queryKey: keys.explain(id) })
    void client.invalidateQueries({ queryKey: keys.audit(of(id)) })
  })
  const explanation = useQuery({
    queryKey: keys.explain(id),
    queryFn: () => call(api.GET('/conversations/{id}/explain', { params: { path: { id } } })),
    refetchInterval: 5000,
  })
  if (!explanation.data) {
    if (explanation.isError) return <Failed title={t.failed} error={explanation.error} retry={() => void explanation.refetch()} />
    return (
      <Stack gap="md" p="lg" role="status" aria-label={common.loading}>
        <Skeleton height={14} width="60%" />
        <Skeleton height={54} />
        <Skeleton height={120} />
      </Stack>
    )
  }
  const { request, agents, position, estimated_wait_s: estimate } = explanation.data
  const can = agents.filter((entry) => entry.eligible)
  // Who works for other queues anyway is no news; with many people it would be most of the list.
  const elsewhere = agents.filter((entry) => !entry.eligible && entry.reasons.some((reason) => reason.code === 'not_member'))
  const cannot = agents.filter((entry) => !entry.eligible && !elsewhere.includes(entry))
  const needs = Object.entries(request?.skills ?? {}).map(([skill, level]) => t.skillLevel(names.skill(skill), format.number(level)))

  return (
    <div className={classes.explain} data-testid="explain">
      <p className={classes.summary}>{summary(explanation.data, t, format, names)}</p>
      {request && (
        <dl className={classes.facts}>
          {position !== undefined && <Fact label={t.position} value={t.positionOf(format.number(position))} />}
          <div className={classes.fact}>
            <dt>{t.waiting}</dt>
            <dd>
              <Since since={request.waiting_since} warm />
            </dd>
          </div>
          {estimate !== undefined && estimate > 0 && <Fact label={t.estimate} value={format.duration(estimate * 1000)} />}
          <Fact label={t.queue} value={names.queue(request.queue)} />
          <Fact label={t.needs} value={needs.length > 0 ? format.list(needs) : t.needsNothing} />
          <Fact label={t.priority} value={format.number(request.priority)} />
        </dl>
      )}
      <Way explanation={explanation.data} names={names} />
      {request && agents.length === 0 && <p className={classes.none}>{t.noAgents}</p>}
      <Agents title={t.can} agents={can} names={names} />
      <Agents title={t.cannot} agents={cannot} names={names} />
      {elsewhere.length > 0 && (
        <details className={classes.elsewhere}>
          <summary>{t.elsewhere(format.number(elsewhere.length))}</summary>
          <AgentList agents={elsewhere} names={names} />
        </details>
      )}
      <Offers explanation={explanation.data} names={names} />
      {supervisor && <Interventions id={id} />}
    </div>
  )
}

function Fact({ label, value }: { label: string; value: string }) {
  return (
    <div className={classes.fact}>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  )
}

type AgentsProps = { title: string; agents: Explanation['agents']; names: Names }

function Agents({ title, agents, names }: AgentsProps) {
  const format = useFormat()
  if (agents.length === 0) return null
  return (
    <section>
      <h3 className={classes.group}>
        {title} <span>{format.number(agents.length)}</span>
      </h3>
      <AgentList agents={agents} names={names} />
    </section>
  )
}

function AgentList({ agents, names }: Omit<AgentsProps, 'title'>) {
  return (
    <ul className={classes.agents}>
      {agents.map(({ agent, eligible, reasons }) => (
        <li key={agent.id} className={classes.agent}>
          <Avatar name={agent.name} seed={agent.id} size={26} />
          <span className={classes.name}>{agent.name}</span>
          <Reasons reasons={reasons} good={eligible} names={names} />
        </li>
      ))}
    </ul>
  )
}

type CountKey = keyof typeof explain.count

/** What the server says in English, from the facts, in the language chosen. */
function summary(explanation: Explanation, t: Catalog<typeof explain>, format: Formatters, names: Names): string {
  const { phase, owner, request } = explanation
  if (phase === 'assigned' && owner) return t.why.owner(owner.agent.name)
  if (phase !== 'queued') return t.why[phase]
  if (request?.paused) return t.why.paused(names.queue(request.queue))
  const can = explanation.agents.filter((entry) => entry.eligible).length
  if (can > 0) return t.why.ready(format.number(can))
  const counts = new Map<CountKey, number>()
  for (const { reasons } of explanation.agents) {
    const code = reasons.map((reason) => reason.code).find((one): one is CountKey => Object.hasOwn(t.count, one))
    if (code) counts.set(code, (counts.get(code) ?? 0) + 1)
  }
  const words = [...counts].sort((a, b) => b[1] - a[1]).map(([code, n]) => (code === 'waiting_for_known' ? t.count.waiting_for_known : t.count[code](format.number(n))))
  return words.length > 0 ? t.why.mostly(words.join(', ')) : t.why.nobody
}
