import { Button, SegmentedControl } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconPlayerPlay } from '@tabler/icons-react'
import { useId, useMemo, useState } from 'react'
import { api, call } from '../../api/client'
import { keys } from '../../api/keys'
import type { ChannelKind, Plan, Queue, Skill } from '../../api/types'
import { useLocalText, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { commonText } from '../../i18n/common'
import { plansText } from '../../i18n/plans'
import { EditorForm } from '../kit/EditorForm'
import editorClasses from '../kit/Editor.module.css'
import { LocalName, Section, Wide } from '../kit/fields'
import { useLabel } from '../kit/useLabel'
import { checkRequired, checkSlug } from '../kit/values'
import { findingsAt } from '../routing/findings'
import { TargetInput, type Choice } from '../routing/TargetInput'
import { draftOf, draftOfParts, partsOf, planOf, set, type PlanDraft } from './draft'
import { PlanAside } from './PlanAside'
import { PlanStatus } from './PlanStatus'
import classes from './Plans.module.css'
import { RuleList } from './RuleList'
import { usePlanCheck } from './usePlanCheck'
import { WorldContext, type World } from './world'

type Props = { plan: Plan | undefined; plans: readonly Plan[]; queues: readonly Queue[]; skills: readonly Skill[]; kinds: readonly ChannelKind[] }

export function PlanEditor({ plan, plans, queues, skills, kinds }: Props) {
  const t = useText(plansText)
  const { rules, editor } = useText(adminText)
  const common = useText(commonText)
  const local = useLocalText()
  const budgetId = useId()
  const [aside, setAside] = useState(false)
  // Which rules are open: by their keys, "default" is the last.
  const [open, setOpen] = useState<ReadonlySet<number>>(() => new Set(plan ? [] : [0]))

  const form = useForm<PlanDraft>({
    initialValues: draftOf(plan),
    validate: {
      id: (value) => (plan ? null : checkSlug(rules, value, plans.map((entry) => entry.id))),
      name: { en: (value: string) => checkRequired(rules, value) },
    },
  })
  const { values } = form
  const edited = planOf(values)
  const check = usePlanCheck(edited)

  const world = useMemo<World>(() => {
    const name = ({ id, name }: { id: string; name: Plan['name'] }): Choice => ({ value: id, label: local(name) })
    return {
      queues: queues.map(name),
      plans: plans.map(name).filter(({ value }) => value !== plan?.id),
      skills: skills.map((skill) => ({ value: skill.id, label: local(skill.label) })),
      findings: check.findings,
    }
  }, [queues, plans, skills, plan?.id, local, check.findings])

  const label = useLabel(
    { name: t.name, rest: t.title, order: t.rules, rules: t.rules, default: t.otherwise },
    (key) => ({ budget: t.budget, overflow: t.planOverflow, when: t.when, steps: t.steps, skills: t.skills, preferred: t.preferred, priority: t.rulePriority })[key],
  )
  /** Opens whatever has something to put right in it. */
  const openWrong = () => {
    const wrong = check.findings.filter((finding) => !finding.doubt)
    const all = [...values.rules, values.default]
    const places = all.map((rule, i) => [i < values.rules.length ? `rules[${i}]` : 'default', rule.key] as const)
    setOpen(new Set([...open, ...places.filter(([place]) => findingsAt(wrong, place, true).length > 0).map(([, key]) => key)]))
  }

  const title = plan ? local(plan.name) : t.new
  const budget = values.rest.budget ?? 'step'
  return (
    <WorldContext value={world}>
      <EditorForm
        title={title}
        subtitle={plan?.id}
        isNew={!plan}
        form={form}
        save={(draft, version) => {
          const body = { ...planOf(draft), ...(version === undefined ? {} : { version }) }
          return call(plan ? api.PUT('/plans/{slug}', { params: { path: { slug: plan.id } }, body }) : api.POST('/plans', { body }))
        }}
        together={{
          entry: plan,
          versionOf: (entry) => entry.version,
          latest: async () => (await call(api.GET('/plans'))).items.find((entry) => entry.id === plan?.id),
          valuesOf: draftOf,
          label,
          parts: { of: partsOf, together: draftOfParts },
        }}
        nameOf={(draft) => draft.name.en}
        refresh={[keys.plans]}
        onRefused={openWrong}
        status={<PlanStatus check={check} onShow={openWrong} />}
        tools={
          <Button className={classes.try} size="compact-sm" variant="light" leftSection={<IconPlayerPlay size={14} aria-hidden />} onClick={() => setAside(true)}>
            {t.aside.open}
          </Button>
        }
        aside={{ label: t.aside.label, shown: aside, content: <PlanAside check={check} queues={queues} skills={skills} kinds={kinds} onBack={() => setAside(false)} /> }}
        remove={
          plan && {
            label: common.delete,
            ask: editor.deleteAsk(title),
            done: editor.deleted(title),
            run: (version) => call(api.DELETE('/plans/{slug}', { params: { path: { slug: plan.id }, query: { version } } })),
          }
        }
      >
        <Section>
          <LocalName form={form} field="name" label={t.name} isNew={!plan} />
        </Section>

        <Section title={t.rules} help={t.rulesHelp}>
          <Wide>
            <RuleList
              rules={values.rules}
              otherwise={values.default}
              open={open}
              onOpen={setOpen}
              onRules={(next) => form.setValues({ rules: next })}
              onOtherwise={(next) => form.setValues({ default: next })}
            />
          </Wide>
        </Section>

        <Section>
          <TargetInput
            label={t.planOverflow}
            description={t.planOverflowHelp}
            none={t.target.flow}
            value={values.rest.overflow}
            onChange={(overflow) => form.setValues({ rest: set(values.rest, 'overflow', overflow) })}
            queues={world.queues}
            plans={world.plans}
            findings={findingsAt(check.findings, 'overflow', true)}
          />
          <div role="group" aria-labelledby={budgetId}>
            <div className={editorClasses.label} id={budgetId}>
              {t.budget}
            </div>
            <SegmentedControl
              fullWidth
              aria-labelledby={budgetId}
              value={budget}
              onChange={(value) => form.setValues({ rest: { ...values.rest, budget: value === 'age' ? 'age' : 'step' } })}
              data={(['step', 'age'] as const).map((value) => ({ value, label: t.budgets[value] }))}
            />
            <p className={editorClasses.help}>{t.budgetHelp[budget]}</p>
          </div>
        </Section>
      </EditorForm>
    </WorldContext>
  )
}
