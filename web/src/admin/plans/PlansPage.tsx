import { IconRoute } from '@tabler/icons-react'
import { useState } from 'react'
import { useQueues, useSkills } from '../../api/queries'
import type { Plan } from '../../api/types'
import { useFormat, useLocalText, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { plansText } from '../../i18n/plans'
import { DataTable, type Column } from '../kit/DataTable'
import { EditorGone, EditorWaits } from '../kit/EditorForm'
import { EditorHost } from '../kit/EditorHost'
import { List, Page, Search } from '../kit/Page'
import { matchesSearch } from '../kit/sort'
import text from '../kit/text.module.css'
import { useEntry } from '../kit/useEntry'
import { useChannels, usePlans } from '../kit/usePeople'
import { PlanEditor } from './PlanEditor'

const path = '/admin/plans'

export function PlansPage() {
  const t = useText(plansText)
  const { editor } = useText(adminText)
  const local = useLocalText()
  const format = useFormat()
  const plans = usePlans()
  const queues = useQueues()
  const skills = useSkills()
  const channels = useChannels()
  const { id, close, to } = useEntry(path)
  const [search, setSearch] = useState('')

  const rules = (plan: Plan) => plan.rules?.length ?? 0
  const names = (plan: Plan) => (plan.rules ?? []).map((rule) => rule.name ?? '').join(', ')
  const users = (plan: Plan) => (channels.data?.items ?? []).filter((channel) => channel.plan === plan.id).map((channel) => channel.name)
  const doubts = (plan: Plan) => plan.doubts?.length ?? 0
  const state = (plan: Plan) => (
    <span className={text.nowrap}>
      <span className={text.dot} data-on={doubts(plan) === 0 ? true : 'warn'} />
      {doubts(plan) === 0 ? t.fine : doubts(plan) === 1 ? t.doubts.one : t.doubts.many(format.number(doubts(plan)))}
    </span>
  )

  const columns: Column<Plan>[] = [
    { id: 'name', header: t.name, width: '24%', cell: (plan) => <span className={text.strong}>{local(plan.name)}</span>, sort: (plan) => local(plan.name) },
    { id: 'id', header: editor.id, width: '13%', cell: (plan) => <span className={text.mono}>{plan.id}</span>, sort: (plan) => plan.id, from: 'desktop' },
    {
      id: 'rules',
      header: t.rules,
      from: 'tablet',
      cell: (plan) => (
        <span className={`${text.cut ?? ''} ${text.off ?? ''}`}>
          {format.number(rules(plan))} {names(plan) && `· ${names(plan)}`}
        </span>
      ),
      sort: rules,
      first: 'desc',
    },
    { id: 'channels', header: t.usedBy, width: '20%', from: 'tablet', cell: (plan) => <span className={text.cut}>{users(plan).join(', ')}</span>, sort: (plan) => users(plan).length, first: 'desc' },
    { id: 'state', header: t.state, width: '170px', cell: state, sort: doubts, first: 'desc' },
  ]

  return (
    <Page title={t.title} about={t.about} add={{ label: t.add, to: to('new') }} tools={<Search value={search} onChange={setSearch} label={t.search} />}>
      <List
        query={plans}
        rows={(all) => all.filter((plan) => matchesSearch(search, plan.id, plan.name.en, plan.name.ko, names(plan)))}
        total={(all) => all.length}
        onClear={() => setSearch('')}
        empty={{ icon: IconRoute, title: t.empty, help: t.emptyHelp, action: { label: t.add, to: to('new') } }}
      >
        {(rows) => (
          <DataTable
            label={t.title}
            rows={rows}
            columns={columns}
            id={(plan) => plan.id}
            to={(plan) => to(plan.id)}
            selected={id}
            sort={{ column: 'name', direction: 'asc' }}
            phone={(plan) => names(plan) || plan.id}
          />
        )}
      </List>
      <EditorHost id={id} onClose={close} size={1360}>
        {(shown) => {
          if (!plans.data || !queues.data || !skills.data || !channels.data) return <EditorWaits query={[plans, queues, skills].find((query) => !query.data) ?? channels} />
          const plan = plans.data.find((entry) => entry.id === shown)
          if (!plan && shown !== 'new') return <EditorGone />
          return <PlanEditor plan={plan} plans={plans.data} queues={queues.data} skills={skills.data} kinds={channels.data.kinds} />
        }}
      </EditorHost>
    </Page>
  )
}
