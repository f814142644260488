import { ActionIcon, MultiSelect, NumberInput, Select, Switch, TextInput } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconChevronRight, IconTrash } from '@tabler/icons-react'
import { useId, useRef, useState } from 'react'
import type { PlanStep } from '../../api/types'
import { useFormat, useText } from '../../i18n'
import { plansText } from '../../i18n/plans'
import { SecondsInput } from '../kit/fields'
import { ConditionInput } from '../routing/ConditionInput'
import { FindingList } from '../routing/FindingList'
import { findingsAt } from '../routing/findings'
import { keepFocus } from '../routing/keepFocus'
import { OrderInput } from '../routing/OrderInput'
import { set } from './draft'
import classes from './Plans.module.css'
import { SkillAmounts } from './SkillAmounts'
import { useSentence } from './useSentence'
import { useWorld } from './world'

type Props = {
  title: string
  place: string
  step: PlanStep
  onChange: (step: PlanStep) => void
  onMove: (by: -1 | 1) => void
  first: boolean
  last: boolean
  onRemove?: () => void
}

/** What most steps do not say. */
const rare = ['skip_if', 'drop', 'lower', 'priority', 'offer_timeout_s', 'width', 'order', 'order_by'] as const satisfies readonly (keyof PlanStep)[]

/** One circle of agents who are asked, for a while. */
export function StepCard({ title, place, step, onChange, onMove, first, last, onRemove }: Props) {
  const t = useText(plansText)
  const words = t.step
  const format = useFormat()
  const sentence = useSentence()
  const { queues, skills, findings } = useWorld()
  const more = useId()
  const head = useRef<HTMLElement>(null)
  const moveBy = (by: -1 | 1) => {
    onMove(by)
    keepFocus(head.current)
  }
  const rarely = rare.filter((field) => step[field] !== undefined).length
  const wrongInMore = rare.some((field) => findingsAt(findings, `${place}.${field}`, true).some((finding) => !finding.doubt))
  const [wide, setWide] = useState(rarely > 0)
  const shown = wide || wrongInMore
  const at = (field: keyof PlanStep) => findingsAt(findings, `${place}.${field}`, true)
  const change = <K extends keyof PlanStep>(field: K, value: PlanStep[K] | undefined) => onChange(set(step, field, value))
  const number = (value: number | string) => (typeof value === 'number' ? value : undefined)
  // While a name is typed it may be empty, or "last" for a moment.
  const [byName, setByName] = useState(step.known !== undefined && step.known !== 'last')
  const known = byName ? 'attribute' : step.known === undefined ? 'none' : 'last'

  return (
    <div role="group" className={classes.step} data-testid="plan-step" aria-label={title}>
      <header
        className={classes.stepHead}
        ref={head}
        onKeyDown={(event) => {
          if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return
          event.preventDefault()
          moveBy(event.key === 'ArrowUp' ? -1 : 1)
        }}
      >
        <span className={classes.stepTitle}>{title}</span>
        <span className={classes.sentence}>{sentence(step)}</span>
        <span className={classes.ruleTools}>
          <ActionIcon aria-label={t.moveUp(title)} disabled={first} onClick={() => moveBy(-1)}>
            <IconArrowUp size={15} aria-hidden />
          </ActionIcon>
          <ActionIcon aria-label={t.moveDown(title)} disabled={last} onClick={() => moveBy(1)}>
            <IconArrowDown size={15} aria-hidden />
          </ActionIcon>
          <ActionIcon aria-label={t.remove(title)} disabled={!onRemove} onClick={onRemove}>
            <IconTrash size={15} aria-hidden />
          </ActionIcon>
        </span>
      </header>
      <div className={classes.stepBody}>
        <FindingList findings={findingsAt(findings, place)} />
        <div className={classes.fields}>
          <div>
            <Select
              label={words.who}
              description={step.anyone ? undefined : words.whoHelp}
              allowDeselect={false}
              searchable={queues.length > 8}
              value={step.queue ?? ''}
              error={at('queue').length > 0}
              data={[
                { value: '', label: words.ownQueue },
                ...queues,
                ...(step.queue && !queues.some(({ value }) => value === step.queue) ? [{ value: step.queue, label: step.queue }] : []),
              ]}
              onChange={(queue) => change('queue', queue ?? undefined)}
            />
            <FindingList findings={at('queue')} />
            <Switch mt={8} label={words.anyone} description={words.anyoneHelp} checked={step.anyone === true} onChange={(event) => change('anyone', event.currentTarget.checked)} />
          </div>
          <div>
            <SecondsInput
              label={words.timeout}
              description={words.timeoutHelp}
              placeholder={known === 'none' ? words.forEver : words.knownFor}
              step={30}
              min={0}
              value={step.timeout_s ?? ''}
              error={at('timeout_s').some((finding) => !finding.doubt)}
              onChange={(value) => change('timeout_s', value === 0 ? undefined : number(value))}
            />
            <FindingList findings={at('timeout_s')} />
          </div>
          <div>
            <Select
              label={words.known}
              description={known === 'none' ? undefined : words.knownHelp}
              allowDeselect={false}
              value={known}
              data={(['none', 'last', 'attribute'] as const).map((value) => ({ value, label: words.knowns[value] }))}
              onChange={(value) => {
                setByName(value === 'attribute')
                change('known', value === 'last' ? 'last' : undefined)
              }}
            />
            <FindingList findings={at('known')} />
          </div>
          {known === 'attribute' ? (
            <TextInput
              label={words.attribute}
              description={words.attributeHelp}
              maxLength={200}
              spellCheck={false}
              value={step.known ?? ''}
              onChange={(event) => change('known', event.currentTarget.value)}
            />
          ) : (
            <span />
          )}
          <div className={classes.full}>
            <ConditionInput label={words.agents} description={words.agentsHelp} scope="agent" value={step.agents ?? ''} onChange={(agents) => change('agents', agents)} findings={at('agents')} />
          </div>
        </div>
        <button type="button" className={classes.more} aria-expanded={shown} aria-controls={more} onClick={() => setWide(!shown)}>
          <IconChevronRight className={classes.chevron} size={14} aria-hidden />
          {rarely > 0 ? words.moreSet(format.number(rarely)) : words.more}
        </button>
        {shown && (
          <div className={classes.fields} id={more}>
            <div className={classes.full}>
              <ConditionInput label={words.skipIf} description={words.skipIfHelp} scope="request" value={step.skip_if ?? ''} onChange={(text) => change('skip_if', text)} findings={at('skip_if')} />
            </div>
            <div>
              <MultiSelect
                label={words.drop}
                searchable
                clearable
                value={step.drop ?? []}
                data={[
                  { value: '*', label: words.everySkill },
                  ...skills,
                  ...(step.drop ?? []).filter((skill) => skill !== '*' && !skills.some(({ value }) => value === skill)).map((skill) => ({ value: skill, label: skill })),
                ]}
                onChange={(drop) => change('drop', drop)}
              />
              <FindingList findings={at('drop')} />
            </div>
            <SkillAmounts
              label={words.lower}
              help={words.lowerHelp}
              add={words.addLower}
              amountOf={words.lowerOf}
              usual={20}
              every
              value={step.lower ?? {}}
              onChange={(lower) => change('lower', lower)}
              findings={at('lower')}
            />
            <div>
              <NumberInput label={words.width} description={words.widthHelp} min={1} max={50} clampBehavior="strict" allowDecimal={false} value={step.width ?? ''} onChange={(value) => change('width', number(value))} />
              <FindingList findings={at('width')} />
            </div>
            <div>
              <SecondsInput
                label={words.offerTimeout}
                description={words.offerTimeoutHelp}
                step={5}
                value={step.offer_timeout_s ?? ''}
                error={at('offer_timeout_s').length > 0}
                onChange={(value) => change('offer_timeout_s', number(value))}
              />
              <FindingList findings={at('offer_timeout_s')} />
            </div>
            <div>
              <NumberInput label={words.priority} description={words.priorityHelp} min={0} max={100} clampBehavior="strict" allowDecimal={false} value={step.priority ?? ''} onChange={(value) => change('priority', number(value))} />
              <FindingList findings={at('priority')} />
            </div>
            <OrderInput
              order={step.order}
              keys={step.order_by ?? []}
              none={t.order.queue}
              onChange={(order, by) => onChange(set(set(step, 'order', order), 'order_by', by))}
              findings={[...at('order'), ...at('order_by')]}
            />
          </div>
        )}
      </div>
    </div>
  )
}
