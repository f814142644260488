import { Alert, Button, Group, Loader, Modal, SegmentedControl, Stack, Switch, Textarea, TextInput, UnstyledButton } from '@mantine/core'
import { IconCheck, IconRobot, IconSearch, IconUsersGroup } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { useTargets } from '../api/queries'
import type { Targets } from '../api/types'
import { useLocalText, useText } from '../i18n'
import { commonText } from '../i18n/common'
import { workText } from '../i18n/work'
import { useMe } from '../session'
import { Avatar } from '../ui/Avatar'
import { useErrorText } from '../ui/useErrorText'
import classes from './Dialogs.module.css'
import type { Work } from './useWork'

type Target = { queue: string } | { agent_id: string } | { flow: string }
type Mode = 'over' | 'join'

/** Hands a conversation over, or asks somebody to join. */
export default function TransferDialog({ work, close }: { work: Work; close: () => void }) {
  const t = useText(workText).transferDialog
  const common = useText(commonText)
  const [target, setTarget] = useState<Target | null>(null)
  const [note, setNote] = useState('')
  const [letGo, setLetGo] = useState(false)
  const [mode, setMode] = useState<Mode>('over')
  const join = mode === 'join'
  const toFlow = target !== null && 'flow' in target
  const submit = () => {
    if (!target) return
    const how = join ? { warm: true } : toFlow ? {} : { let_go: letGo }
    work.transfer.mutate({ ...target, ...(note.trim() ? { note: note.trim() } : {}), ...how }, { onSuccess: close })
  }
  const choose = (next: Mode) => {
    setMode(next)
    if (next === 'join' && toFlow) setTarget(null)
  }
  return (
    <Modal opened onClose={close} title={t.title} size={520} closeButtonProps={{ 'aria-label': common.close }}>
      <Stack gap="sm">
        <SegmentedControl
          fullWidth
          data-testid="transfer-mode"
          aria-label={t.mode}
          value={mode}
          onChange={(value) => choose(value)}
          data={[
            { value: 'over', label: t.over },
            { value: 'join', label: t.join },
          ]}
        />
        <p className={classes.help}>{join ? t.joinHelp : t.overHelp}</p>
        <TargetChoice target={target} choose={setTarget} withFlows={!join} />
        <Textarea data-testid="transfer-note" label={t.note} placeholder={t.notePlaceholder} autosize minRows={2} maxRows={6} maxLength={2000} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        {!join && (
          <Switch
            data-testid="transfer-let-go"
            label={t.letGo}
            description={toFlow ? t.flowHelp : t.letGoHelp}
            disabled={toFlow}
            checked={letGo || toFlow}
            onChange={(event) => setLetGo(event.currentTarget.checked)}
          />
        )}
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={close}>
            {common.cancel}
          </Button>
          <Button data-testid="transfer-submit" disabled={!target} loading={work.transfer.isPending} onClick={submit}>
            {join ? t.submitJoin : t.submit}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

function TargetChoice({ target, choose, withFlows }: { target: Target | null; choose: (target: Target) => void; withFlows: boolean }) {
  const t = useText(workText).transferDialog
  const local = useLocalText()
  const errorText = useErrorText()
  const targets = useTargets()
  const me = useMe()
  const [search, setSearch] = useState('')
  const wanted = search.trim().toLocaleLowerCase()
  const fits = (name: string) => name.toLocaleLowerCase().includes(wanted)
  const queues = (targets.data?.queues ?? []).filter((queue) => fits(local(queue.name)))
  const agents = (targets.data?.agents ?? []).filter((agent) => agent.id !== me.id && fits(agent.name))
  const flows = withFlows ? (targets.data?.flows ?? []).filter(fits) : []
  return (
    <div>
      <TextInput
        data-autofocus
        data-testid="transfer-find"
        aria-label={t.find}
        placeholder={t.find}
        leftSection={<IconSearch size={15} aria-hidden />}
        rightSection={targets.isPending ? <Loader size={14} /> : undefined}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      {targets.isError && !targets.data && (
        <Alert color="red" mt="xs">
          {t.failed} {errorText(targets.error)}
        </Alert>
      )}
      <div className={classes.targets} role="radiogroup" aria-label={t.to}>
        {queues.length > 0 && <p className={classes.group}>{t.queues}</p>}
        {queues.map((queue) => (
          <TargetOption
            key={queue.id}
            icon={<IconUsersGroup size={18} stroke={1.6} aria-hidden />}
            name={local(queue.name)}
            state={[queue.open ? t.available(queue.agents_available) : t.closed, t.waiting(queue.waiting)].join(' · ')}
            tone={queue.open && queue.agents_available > 0 ? 'ok' : 'off'}
            checked={target !== null && 'queue' in target && target.queue === queue.id}
            choose={() => choose({ queue: queue.id })}
          />
        ))}
        {agents.length > 0 && <p className={classes.group}>{t.agents}</p>}
        {agents.map((agent) => (
          <TargetOption
            key={agent.id}
            icon={<Avatar name={agent.name} seed={agent.id} size={24} />}
            name={agent.name}
            {...agentState(agent, t)}
            checked={target !== null && 'agent_id' in target && target.agent_id === agent.id}
            choose={() => choose({ agent_id: agent.id })}
          />
        ))}
        {flows.length > 0 && <p className={classes.group}>{t.flows}</p>}
        {flows.map((flow) => (
          <TargetOption
            key={flow}
            icon={<IconRobot size={18} stroke={1.6} aria-hidden />}
            name={flow}
            state={t.flowState}
            tone="off"
            checked={target !== null && 'flow' in target && target.flow === flow}
            choose={() => choose({ flow })}
          />
        ))}
        {targets.data && queues.length + agents.length + flows.length === 0 && <p className={classes.group}>{t.none}</p>}
      </div>
    </div>
  )
}

function agentState(agent: Targets['agents'][number], t: { free: string; busy: string; away: string }): { state: string; tone: 'ok' | 'warn' | 'off' } {
  if (!agent.connected) return { state: t.away, tone: 'off' }
  return agent.free ? { state: t.free, tone: 'ok' } : { state: t.busy, tone: 'warn' }
}

type OptionProps = { icon: ReactNode; name: string; state: string; tone: 'ok' | 'warn' | 'off'; checked: boolean; choose: () => void }

function TargetOption({ icon, name, state, tone, checked, choose }: OptionProps) {
  return (
    <UnstyledButton role="radio" data-testid="transfer-target" aria-checked={checked} className={classes.target} onClick={choose}>
      <span className={classes.icon}>{icon}</span>
      <span className={classes.targetName}>{name}</span>
      <span className={classes.targetState} data-tone={tone}>
        {state}
      </span>
      <IconCheck size={16} className={classes.check} aria-hidden />
    </UnstyledButton>
  )
}
