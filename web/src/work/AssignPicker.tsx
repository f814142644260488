import { Button, Popover, TextInput, UnstyledButton } from '@mantine/core'
import { IconUserShare } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { matchesSearch } from '../admin/kit/sort'
import { api, call } from '../api/client'
import { usePresences, useTargets } from '../api/queries'
import type { Conversation, Targets } from '../api/types'
import { useLocalText, useText } from '../i18n'
import { supervisorText } from '../i18n/supervisor'
import { applyConversation } from '../inbox/listCache'
import { useMe } from '../session'
import { Avatar } from '../ui/Avatar'
import { useNotify } from '../ui/useNotify'
import classes from './Inspector.module.css'

type Target = Targets['agents'][number]

/** Free agents first, then those who are busy, then who is away. */
export function byReach(a: Target, b: Target): number {
  const rank = (target: Target) => (target.connected ? (target.free ? 0 : 1) : 2)
  return rank(a) - rank(b) || a.name.localeCompare(b.name)
}

/** Has the conversation offered to a certain agent next. */
export function Assign({ conversation }: { conversation: Conversation }) {
  const t = useText(supervisorText)
  const local = useLocalText()
  const notify = useNotify()
  const client = useQueryClient()
  const me = useMe()
  const [open, setOpen] = useState(false)
  const [search, setSearch] = useState('')
  const targets = useTargets(open)
  const presences = usePresences()
  const assign = useMutation({
    mutationFn: (agent: Target) => call(api.POST('/conversations/{id}/assign', { params: { path: { id: conversation.id } }, body: { agent_id: agent.id } })),
    onSuccess: (changed, agent) => {
      applyConversation(client, me.id, changed)
      notify.success(t.inspector.assigned(agent.name))
      setOpen(false)
    },
    onError: notify.error,
  })

  const found = (targets.data?.agents ?? []).filter((agent) => matchesSearch(search, agent.name)).sort(byReach)
  const state = (agent: Target) => {
    if (agent.id === conversation.agent?.id) return t.inspector.current
    if (!agent.connected) return t.inspector.offline
    const presence = presences.data?.find((entry) => entry.id === agent.presence)
    if (presence && !presence.offers_work) return local(presence.label)
    return agent.free ? t.inspector.free : t.inspector.busy
  }
  const isFree = (agent: Target) => agent.connected && agent.free && (presences.data?.find((entry) => entry.id === agent.presence)?.offers_work ?? true)

  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" width={320} trapFocus returnFocus>
      <Popover.Target>
        <Button size="compact-sm" variant="default" leftSection={<IconUserShare size={15} aria-hidden />} onClick={() => setOpen(!open)}>
          {t.inspector.reassign}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t.inspector.reassignTitle} data-overlay>
        <TextInput
          size="xs"
          label={t.inspector.reassignTitle}
          placeholder={t.inspector.findAgent}
          data-autofocus
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <ul className={classes.agents}>
          {found.map((agent) => (
            <li key={agent.id}>
              <UnstyledButton className={classes.agent} disabled={assign.isPending || agent.id === conversation.agent?.id} onClick={() => assign.mutate(agent)}>
                <Avatar name={agent.name} seed={agent.id} size={24} />
                <span className={classes.agentName}>{agent.name}</span>
                <span className={classes.agentState} data-free={isFree(agent) || undefined}>
                  {state(agent)}
                </span>
              </UnstyledButton>
            </li>
          ))}
        </ul>
        {targets.data && found.length === 0 && <p className={classes.message}>{t.inspector.noAgents}</p>}
      </Popover.Dropdown>
    </Popover>
  )
}
