import { ActionIcon, Checkbox, NumberInput, Select, Slider } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useId } from 'react'
import type { ChannelKind, Queue, Skill } from '../../api/types'
import { useLocalText, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { commonText } from '../../i18n/common'
import { plansText } from '../../i18n/plans'
import classes from './Levels.module.css'

type Values = Readonly<Record<string, number>>
type Change = (next: Record<string, number>) => void

function without(values: Values, key: string): Record<string, number> {
  return Object.fromEntries(Object.entries(values).filter(([other]) => other !== key))
}

/** Skills with their level, one line each. */
export function SkillLevels({ skills, value, onChange }: { skills: readonly Skill[]; value: Values; onChange: Change }) {
  const t = useText(adminText)
  const local = useLocalText()
  const label = (id: string) => local(skills.find((skill) => skill.id === id)?.label) || id
  const free = skills.filter((skill) => !(skill.id in value))
  return (
    <div className={classes.list}>
      {Object.keys(value).length === 0 && <p className={classes.empty}>{t.people.noSkills}</p>}
      {Object.entries(value).map(([id, level]) => (
        <div key={id} className={classes.skill}>
          <span className={classes.name}>{label(id)}</span>
          <Slider
            className={classes.slider}
            min={1}
            max={100}
            label={null}
            size="sm"
            value={level}
            thumbLabel={t.people.levelOf(label(id))}
            onChange={(next) => onChange({ ...value, [id]: next })}
          />
          <NumberInput
            className={classes.number}
            aria-label={t.people.levelOf(label(id))}
            min={1}
            max={100}
            clampBehavior="strict"
            allowDecimal={false}
            hideControls
            value={level}
            onChange={(next) => typeof next === 'number' && next >= 1 && onChange({ ...value, [id]: next })}
          />
          <ActionIcon aria-label={t.people.removeSkill(label(id))} onClick={() => onChange(without(value, id))}>
            <IconX size={16} aria-hidden />
          </ActionIcon>
        </div>
      ))}
      {free.length > 0 && (
        <Select
          className={classes.add}
          aria-label={t.people.addSkill}
          placeholder={t.people.addSkill}
          searchable={free.length > 8}
          value={null}
          data={free.map((skill) => ({ value: skill.id, label: local(skill.label) }))}
          onChange={(id) => id && onChange({ ...value, [id]: 50 })}
        />
      )}
    </div>
  )
}

type QueueProps = {
  queues: readonly Queue[]
  value: Values
  onChange: Change
  delays: Values
  onDelays: Change
  /** Queues whose condition makes the person a member. */
  byCondition: readonly string[]
}

/** Membership of each queue, with its level and how long a conversation must have waited before. */
export function QueueLevels({ queues, value, onChange, delays, onDelays, byCondition }: QueueProps) {
  const t = useText(adminText)
  const words = useText(plansText).person
  const local = useLocalText()
  if (queues.length === 0) return <p className={classes.empty}>{t.people.noQueues}</p>
  return (
    <div className={classes.queues}>
      {queues.map((queue) => {
        const level = value[queue.id]
        const name = local(queue.name)
        const bound = byCondition.includes(queue.id)
        return (
          <div key={queue.id} className={classes.queue}>
            <Checkbox
              className={classes.queueName}
              label={name}
              description={bound && level === undefined ? words.byCondition : undefined}
              checked={level !== undefined}
              onChange={(event) => onChange(event.currentTarget.checked ? { ...value, [queue.id]: 1 } : without(value, queue.id))}
            />
            {level !== undefined && (
              <NumberInput
                className={classes.number}
                size="xs"
                aria-label={t.people.queueLevel(name)}
                leftSection={<span className={classes.unit}>{t.people.level}</span>}
                leftSectionWidth={52}
                w={112}
                min={1}
                max={99}
                clampBehavior="strict"
                allowDecimal={false}
                value={level}
                onChange={(next) => typeof next === 'number' && next >= 1 && onChange({ ...value, [queue.id]: next })}
              />
            )}
            {(level !== undefined || bound) && (
              <NumberInput
                className={classes.number}
                size="xs"
                aria-label={words.delayIn(name)}
                title={words.delayHelp}
                leftSection={<span className={classes.unit}>{words.delay}</span>}
                leftSectionWidth={48}
                suffix={t.editor.secondsUnit}
                w={124}
                min={0}
                max={86_400}
                step={30}
                placeholder="0"
                clampBehavior="strict"
                allowDecimal={false}
                value={delays[queue.id] ?? ''}
                onChange={(next) => onDelays(typeof next === 'number' && next > 0 ? { ...delays, [queue.id]: next } : without(delays, queue.id))}
              />
            )}
          </div>
        )
      })}
    </div>
  )
}

/** The most conversations at once by kind of channel; an empty field means no limit of its own. */
export function ChannelLimits({ kinds, value, onChange }: { kinds: readonly ChannelKind[]; value: Values; onChange: Change }) {
  const t = useText(adminText)
  const common = useText(commonText)
  const id = useId()
  const name = (kind: string) => {
    const known: Record<string, string> = common.channel
    return known[kind] ?? kinds.find((entry) => entry.kind === kind)?.name ?? kind
  }
  // A limit of a kind that this server no longer offers stays visible.
  const all = [...new Set([...kinds.map((entry) => entry.kind), ...Object.keys(value)])]
  if (all.length === 0) return null
  return (
    <div role="group" aria-labelledby={id}>
      <div className={classes.label} id={id}>
        {t.people.limits}
      </div>
      <div className={classes.limits}>
        {all.map((kind) => (
          <NumberInput
            key={kind}
            label={name(kind)}
            labelProps={{ className: classes.limitLabel }}
            aria-label={t.people.limitOf(name(kind))}
            placeholder={t.people.noLimit}
            min={0}
            max={1000}
            clampBehavior="strict"
            allowDecimal={false}
            value={value[kind] ?? ''}
            onChange={(next) => onChange(typeof next === 'number' ? { ...value, [kind]: next } : without(value, kind))}
          />
        ))}
      </div>
      <p className={classes.help}>{t.people.limitsHelp}</p>
    </div>
  )
}
