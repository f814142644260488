import { ActionIcon, Button, Switch, TextInput, Tooltip } from '@mantine/core'
import { IconCopy, IconMinus, IconPlus } from '@tabler/icons-react'
import { useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { checkDay, parseTime, weekdays, type Span, type Week, type Weekday } from './hours'
import classes from './Queues.module.css'

type Props = { week: Week; onChange: (week: Week) => void }

/** Opening times by weekday; a day may have several. */
export function HoursEditor({ week, onChange }: Props) {
  const t = useText(adminText)
  const { days } = t.queues
  const set = (day: Weekday, spans: Span[]) => onChange({ ...week, [day]: spans })
  const copy = (from: Weekday) =>
    onChange(weekdays.reduce((next, day) => (week[day].length > 0 ? { ...next, [day]: week[from].map<Span>(([a, b]) => [a, b]) } : next), week))

  return (
    <div className={classes.week}>
      {weekdays.map((day) => {
        const spans = week[day]
        const problems = checkDay(spans)
        return (
          <div key={day} className={classes.day} role="group" aria-label={days[day]}>
            <Switch
              className={classes.dayName}
              label={days[day]}
              aria-label={t.queues.dayOpen(days[day])}
              checked={spans.length > 0}
              onChange={(event) => set(day, event.currentTarget.checked ? [['09:00', '18:00']] : [])}
            />
            <div className={classes.spans}>
              {spans.length === 0 && <span className={classes.dayClosed}>{t.queues.dayClosed}</span>}
              {spans.map((span, i) => {
                const problem = problems.get(i)
                const change = (next: Span) => set(day, spans.map((other, j) => (j === i ? next : other)))
                const tidy = () => change([parseTime(span[0]) ?? span[0], parseTime(span[1]) ?? span[1]])
                return (
                  <div key={i}>
                    <div className={classes.span}>
                      <TextInput
                        className={classes.time}
                        aria-label={t.queues.from(days[day])}
                        inputMode="numeric"
                        value={span[0]}
                        error={Boolean(problem)}
                        onChange={(event) => change([event.currentTarget.value, span[1]])}
                        onBlur={tidy}
                      />
                      <span aria-hidden>–</span>
                      <TextInput
                        className={classes.time}
                        aria-label={t.queues.to(days[day])}
                        inputMode="numeric"
                        value={span[1]}
                        error={Boolean(problem)}
                        onChange={(event) => change([span[0], event.currentTarget.value])}
                        onBlur={tidy}
                      />
                      <ActionIcon aria-label={t.queues.removeTimes(days[day])} onClick={() => set(day, spans.filter((_, j) => j !== i))}>
                        <IconMinus size={15} aria-hidden />
                      </ActionIcon>
                      {i === spans.length - 1 && (
                        <>
                          <ActionIcon aria-label={t.queues.addTimes(days[day])} onClick={() => set(day, [...spans, [span[1], '24:00']])}>
                            <IconPlus size={15} aria-hidden />
                          </ActionIcon>
                          <Tooltip label={t.queues.copyDay(days[day])}>
                            <ActionIcon aria-label={t.queues.copyDay(days[day])} onClick={() => copy(day)}>
                              <IconCopy size={15} aria-hidden />
                            </ActionIcon>
                          </Tooltip>
                        </>
                      )}
                    </div>
                    {problem && (
                      <div className={classes.problem} role="alert">
                        {t.rules[problem]}
                      </div>
                    )}
                  </div>
                )
              })}
            </div>
          </div>
        )
      })}
    </div>
  )
}

type HolidaysProps = { days: readonly string[]; today: string; onChange: (days: string[]) => void; draft: string; onDraft: (day: string) => void; format: (day: string) => string }

export function Holidays({ days, today, onChange, draft, onDraft, format }: HolidaysProps) {
  const t = useText(adminText)
  const add = () => {
    if (draft) onChange([...new Set([...days, draft])].sort())
    onDraft('')
  }
  return (
    <div className={classes.holidays}>
      {days.length === 0 && <span className={classes.dayClosed}>{t.queues.noHolidays}</span>}
      {days.map((day) => (
        <span key={day} className={classes.holiday} data-past={day < today || undefined}>
          {format(day)}
          {day < today && ` (${t.queues.past})`}
          <ActionIcon size="xs" aria-label={t.queues.removeHoliday(format(day))} onClick={() => onChange(days.filter((other) => other !== day))}>
            <IconMinus size={13} aria-hidden />
          </ActionIcon>
        </span>
      ))}
      <span className={classes.addHoliday}>
        <TextInput
          type="date"
          size="xs"
          aria-label={t.queues.addHoliday}
          value={draft}
          onChange={(event) => onDraft(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return
            event.preventDefault()
            add()
          }}
        />
        <Button size="xs" variant="default" disabled={!draft} onClick={add}>
          {t.queues.addHoliday}
        </Button>
      </span>
    </div>
  )
}
