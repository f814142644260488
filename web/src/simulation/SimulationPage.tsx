import { Button, NativeSelect, Textarea, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { api, call } from '../api/client'
import { useLocalText, useText } from '../i18n'
import { simulationText } from '../i18n/simulation'
import { Failed } from '../ui/Failed'
import { SimulatePlan } from './SimulatePlan'
import classes from './Simulation.module.css'
import { readPlan, writePlan } from './definition'

/** A plan is picked, its definition can be changed, and it is tried. */
export function SimulationPage() {
  const t = useText(simulationText)
  const local = useLocalText()
  const plans = useQuery({ queryKey: ['plans'], queryFn: async () => (await call(api.GET('/plans'))).items })
  const [chosen, setChosen] = useState<string>()
  const [edited, setEdited] = useState<string>()

  const picked = plans.data?.find((plan) => plan.id === chosen) ?? (chosen === undefined ? plans.data?.[0] : undefined)
  const saved = useMemo(() => writePlan(picked), [picked])
  const text = edited ?? saved
  const read = useMemo(() => readPlan(text), [text])

  return (
    <div className={classes.page}>
      <header>
        <Title order={1} className={classes.title}>
          {t.title}
        </Title>
        <p className={classes.about}>{t.about}</p>
      </header>
      {plans.isError && plans.data === undefined && <Failed title={t.plansFailed} error={plans.error} retry={() => void plans.refetch()} />}
      {plans.data && (
        <>
          <div className={classes.definition}>
            <NativeSelect
              className={classes.group}
              label={t.plan}
              value={picked?.id ?? ''}
              onChange={(event) => {
                setChosen(event.currentTarget.value)
                setEdited(undefined)
              }}
              data={[...plans.data.map((plan) => ({ value: plan.id, label: local(plan.name) })), { value: '', label: t.newPlan }]}
            />
            <Textarea
              label={t.definition}
              description={t.definitionHelp}
              value={text}
              onChange={(event) => setEdited(event.currentTarget.value)}
              error={read.wrong === undefined ? undefined : read.wrong === '' ? t.notAnObject : t.notJson(read.wrong)}
              autosize
              minRows={6}
              maxRows={22}
              spellCheck={false}
              classNames={{ input: classes.code }}
            />
            {edited !== undefined && edited !== saved && (
              <Button variant="subtle" size="compact-sm" className={classes.reset} onClick={() => setEdited(undefined)}>
                {t.asSaved}
              </Button>
            )}
          </div>
          <SimulatePlan plan={read.plan} />
        </>
      )}
    </div>
  )
}
