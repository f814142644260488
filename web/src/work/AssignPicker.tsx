import { Loader, Popover, TextInput, UnstyledButton } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import { matchesSearch } from '../admin/kit/sort'
import { usePresences, useTargets } from '../api/queries'
import type { Conversation, Targets } from '../api/types'
import { useLocalText, useText } from '../i18n'
import { workText } from '../i18n/work'
import { Avatar } from '../ui/Avatar'
import { useErrorText } from '../ui/useErrorText'
import { useNotify } from '../ui/useNotify'
import classes from './Dialogs.module.css'
import type { Work } from './useWork'

type Target = Targets['agents'][number]

/** Free agents first, then those who are busy, then who is away. */
function byReach(a: Target, b: Target): number {
  const rank = (target: Target) => (target.connected ? (target.free ? 0 : 1) : 2)
  return rank(a) - rank(b) || a.name.localeCompare(b.name)
}

/** What opens below "Reassign": a click on an agent has the conversation offered to them next. */
export default function AssignPicker({ conversation, work, close }: { conversation: Conversation; work: Work; close: () => void }) {
  const t = useText(workText)
  const local = useLocalText()
  const notify = useNotify()
  const errorText = useErrorText()
  const [search, setSearch] = useState('')
  const targets = useTargets()
  const presences = usePresences()
  const choose = (agent: Target) =>
    work.assign.mutate(agent.id, {
      onSuccess: () => {
        notify.success(t.assign.done(agent.name))
        close()
      },
    })

  const found = (targets.data?.agents ?? []).filter((agent) => matchesSearch(search, agent.name)).sort(byReach)
  const away = (agent: Target) => presences.data?.find((entry) => entry.id === agent.presence && !entry.offers_work)
  const state = (agent: Target) => {
    if (agent.id === conversation.agent?.id) return t.assign.current
    if (!agent.connected) return t.transferDialog.away
    return local(away(agent)?.label) || (agent.free ? t.transferDialog.free : t.transferDialog.busy)
  }
  const isFree = (agent: Target) => agent.connected && agent.free && !away(agent) && agent.id !== conversation.agent?.id

  return (
    <Popover.Dropdown aria-label={t.assign.title} data-overlay>
      <TextInput
        size="xs"
        label={t.assign.title}
        placeholder={t.assign.find}
        leftSection={<IconSearch size={14} aria-hidden />}
        rightSection={targets.isPending ? <Loader size={12} /> : undefined}
        data-autofocus
        data-testid="assign-search"
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <ul className={classes.agents}>
        {found.map((agent) => (
          <li key={agent.id}>
            <UnstyledButton
              className={classes.agent}
              disabled={work.assign.isPending || agent.id === conversation.agent?.id}
              data-testid="assign-agent"
              data-id={agent.id}
              onClick={() => choose(agent)}
            >
              <Avatar name={agent.name} seed={agent.id} size={24} />
              <span className={classes.agentName}>{agent.name}</span>
              <span className={classes.agentState} data-free={isFree(agent) || undefined}>
                {state(agent)}
              </span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
      {targets.isError && !targets.data && (
        <p className={classes.message} role="alert">
          {t.transferDialog.failed} {errorText(targets.error)}
        </p>
      )}
      {targets.data && found.length === 0 && <p className={classes.message}>{t.transferDialog.none}</p>}
    </Popover.Dropdown>
  )
}
