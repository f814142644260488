import { Button, Chip, Group, Loader, NumberInput, TextInput } from '@mantine/core'
import { IconPlayerPlay } from '@tabler/icons-react'
import { useId, useState } from 'react'
import { asApiError } from '../api/errors'
import { useQueues } from '../api/queries'
import { useLocalText, useText } from '../i18n'
import { simulationText } from '../i18n/simulation'
import { Notice } from '../ui/Notice'
import { useErrorText } from '../ui/useErrorText'
import { Outcome } from './Outcome'
import { instantsOf, periodOf, type Period, type Preset } from './period'
import classes from './Simulation.module.css'
import type { Plan, SimulationRequest } from './types'
import { useSimulation } from './useSimulation'

const presets: readonly Preset[] = ['today', 'yesterday', 'week', 'month']

/**
 * Tries a plan, saved or not, on the customers of an earlier time and shows what would change. `plan` undefined: what is edited is
 * no plan yet.
 */
export function SimulatePlan({ plan }: { plan: Plan | undefined }) {
  const t = useText(simulationText)
  const local = useLocalText()
  const queues = useQueues()
  const simulation = useSimulation()
  const queuesId = useId()
  const [period, setPeriod] = useState<Period>(() => periodOf('week', new Date()))
  const [within, setWithin] = useState(20)
  const [chosen, setChosen] = useState<string[]>([])
  const instants = instantsOf(period)

  const request = (): SimulationRequest | undefined =>
    plan && instants && { plan, queues: chosen, ...instants, time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone, answered_within_s: within }
  const start = () => {
    const body = request()
    if (body) simulation.mutate(body)
  }
  const changed = simulation.variables !== undefined && JSON.stringify(simulation.variables) !== JSON.stringify(request())

  return (
    <div className={classes.simulate}>
      <form
        className={classes.form}
        aria-label={t.form.label}
        onSubmit={(event) => {
          event.preventDefault()
          start()
        }}
      >
        <div className={classes.fields}>
          <TextInput type="date" label={t.form.from} value={period.from} onChange={(event) => setPeriod({ ...period, from: event.currentTarget.value })} required withAsterisk={false} />
          <TextInput
            type="date"
            label={t.form.to}
            value={period.to}
            onChange={(event) => setPeriod({ ...period, to: event.currentTarget.value })}
            error={period.from && period.to && !instants ? t.form.periodWrong : undefined}
            required
            withAsterisk={false}
          />
          <NumberInput
            label={t.form.within}
            className={classes.within}
            value={within}
            onChange={(value) => setWithin(Number(value) || 1)}
            min={1}
            max={86400}
            suffix={` ${t.form.seconds}`}
            allowDecimal={false}
            clampBehavior="strict"
          />
        </div>
        <Group gap={6} role="group" aria-label={t.form.presets}>
          {presets.map((preset) => (
            <Button key={preset} type="button" size="compact-xs" variant="default" onClick={() => setPeriod(periodOf(preset, new Date()))}>
              {t.form[preset]}
            </Button>
          ))}
        </Group>
        <div role="group" aria-labelledby={queuesId}>
          <div id={queuesId} className={classes.fieldLabel}>
            {t.form.queues}
          </div>
          <p className={classes.help}>{t.form.queuesHelp}</p>
          <Group gap={6}>
            <Chip.Group multiple value={chosen} onChange={setChosen}>
              {queues.data?.map((queue) => (
                <Chip key={queue.id} value={queue.id} size="xs" variant="outline">
                  {local(queue.name)}
                </Chip>
              ))}
            </Chip.Group>
          </Group>
        </div>
        <Group gap="sm" className={classes.actions}>
          <Button type="submit" leftSection={<IconPlayerPlay size={16} aria-hidden />} disabled={!plan || !instants || simulation.isPending}>
            {simulation.data ? t.form.again : t.form.start}
          </Button>
          {simulation.isPending && (
            <>
              <Button type="button" variant="default" onClick={simulation.cancel}>
                {t.form.cancel}
              </Button>
              <span className={classes.running} role="status">
                <Loader size={16} aria-hidden />
                {t.form.running}
              </span>
            </>
          )}
          {simulation.canceled && (
            <span className={classes.dim} role="status">
              {t.form.canceled}
            </span>
          )}
        </Group>
      </form>
      {simulation.isError && !simulation.canceled && <Failure error={simulation.error} />}
      {simulation.data && (
        <>
          {changed && (
            <Notice role="status" icon={null}>
              {t.result.stale}
            </Notice>
          )}
          <Outcome simulation={simulation.data} />
        </>
      )}
    </div>
  )
}

/** Why it could not be simulated; of a plan that is wrong, every place. */
function Failure({ error }: { error: unknown }) {
  const t = useText(simulationText)
  const errorText = useErrorText()
  const places = Object.entries(asApiError(error).problem.fields ?? {})
  return (
    <Notice bad title={t.form.failed}>
      {errorText(error)}
      {places.length > 1 && (
        <ul className={classes.places}>
          {places.map(([place, words]) => (
            <li key={place}>
              <code>{place}</code>: {words}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  )
}
