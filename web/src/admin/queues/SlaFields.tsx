import { Input, NativeSelect, NumberInput, SegmentedControl } from '@mantine/core'
import { useId, useState } from 'react'
import { useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { slaText } from '../../i18n/sla'
import { Section } from '../kit/fields'
import classes from './Queues.module.css'
import { least, most, slaProblems, unitOf, units, type SlaValues, type Unit } from './slaValues'

type Props = { values: SlaValues; showErrors: boolean; onChange: (values: SlaValues) => void }

/** What a queue promises its customers, and whether it serves by that. */
export function SlaFields({ values, showErrors, onChange }: Props) {
  const { admin: t } = useText(slaText)
  const { rules } = useText(adminText)
  const problems = slaProblems(values)
  const words = { range: rules.range(least.toLocaleString(), most.toLocaleString()), percent: rules.range('1', '99'), shorter: t.shorter, needs: t.rankNeeds }
  const error = (field: keyof SlaValues) => (showErrors && problems[field] ? words[problems[field]] : undefined)
  const duration = (field: 'first_reply_s' | 'next_reply_s' | 'resolution_s', label: string, help: string) => (
    <DurationInput label={label} description={help} value={values[field]} error={error(field)} onChange={(seconds) => onChange({ ...values, [field]: seconds })} />
  )
  return (
    <Section title={t.title} help={t.help}>
      {duration('first_reply_s', t.firstReply, t.firstReplyHelp)}
      {duration('next_reply_s', t.nextReply, t.nextReplyHelp)}
      {duration('resolution_s', t.resolution, t.resolutionHelp)}
      <NumberInput
        label={t.warn}
        description={t.warnHelp}
        suffix=" %"
        min={1}
        max={99}
        step={5}
        allowDecimal={false}
        allowNegative={false}
        clampBehavior="none"
        value={values.warn_percent}
        error={error('warn_percent')}
        onChange={(percent) => onChange({ ...values, warn_percent: percent })}
      />
      <RankBy values={values} error={error('rank_by')} onChange={onChange} />
    </Section>
  )
}

function RankBy({ values, error, onChange }: { values: SlaValues; error: string | undefined; onChange: Props['onChange'] }) {
  const { admin: t } = useText(slaText)
  const id = useId()
  return (
    <div role="group" aria-labelledby={id} aria-describedby={`${id}-help`}>
      <div className={classes.label} id={id}>
        {t.rank}
      </div>
      <p className={classes.help} id={`${id}-help`}>
        {t.rankHelp}
      </p>
      <SegmentedControl
        fullWidth
        aria-labelledby={id}
        value={values.rank_by}
        onChange={(by) => onChange({ ...values, rank_by: by === 'sla' ? 'sla' : 'arrival' })}
        data={(['arrival', 'sla'] as const).map((value) => ({ value, label: t.ranks[value] }))}
      />
      {error && <p className={classes.problem}>{error}</p>}
    </div>
  )
}

type DurationProps = { label: string; description: string; value: number | ''; error: string | undefined; onChange: (seconds: number | '') => void }

/** A time in the unit that suits it; empty is no time at all. */
function DurationInput({ label, description, value, error, onChange }: DurationProps) {
  const { admin: t } = useText(slaText)
  const [unit, setUnit] = useState<Unit>(() => unitOf(value))
  const id = useId()
  return (
    <Input.Wrapper id={id} label={label} description={description} error={error}>
      <div className={classes.duration}>
        <NumberInput
          id={id}
          aria-describedby={error ? `${id}-description ${id}-error` : `${id}-description`}
          placeholder={t.notPromised}
          value={value === '' ? '' : value / unit}
          error={Boolean(error)}
          min={1}
          allowNegative={false}
          decimalScale={2}
          clampBehavior="none"
          onChange={(number) => onChange(typeof number === 'number' ? Math.round(number * unit) : '')}
        />
        <NativeSelect
          aria-label={`${label}: ${t.unit}`}
          value={String(unit)}
          data={units.map((one) => ({ value: String(one), label: t.units[one] }))}
          onChange={(event) => {
            const next = units.find((one) => String(one) === event.currentTarget.value) ?? 60
            setUnit(next)
            if (value !== '') onChange(Math.round((value / unit) * next))
          }}
        />
      </div>
    </Input.Wrapper>
  )
}
