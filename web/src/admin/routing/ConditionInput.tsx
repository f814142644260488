import { Button, Menu, Textarea } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useRef } from 'react'
import { useFormat, useText } from '../../i18n'
import { plansText } from '../../i18n/plans'
import type { Finding } from './findings'
import { wordAt } from './findings'
import { FindingList } from './FindingList'
import classes from './Routing.module.css'
import { examples, functions, vocabulary, type Scope } from './vocabulary'

type Props = {
  label: string
  description: string
  scope: Scope
  value: string
  onChange: (value: string) => void
  findings: readonly Finding[]
  required?: boolean
}

/** A condition in CEL: what can be said is at hand, and what is wrong with it is shown at its place. */
export function ConditionInput({ label, description, scope, value, onChange, findings, required = false }: Props) {
  const t = useText(plansText).condition
  const format = useFormat()
  const area = useRef<HTMLTextAreaElement>(null)
  const wrong = findings.find((finding) => !finding.doubt)

  const insert = (text: string) => {
    const field = area.current
    if (!field) return
    field.focus()
    field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end')
    onChange(field.value)
  }
  const goTo = ({ line = 1, column = 1 }: Finding) => {
    area.current?.focus()
    area.current?.setSelectionRange(...wordAt(value, line, column))
  }

  return (
    <div className={classes.condition}>
      <Textarea
        ref={area}
        label={label}
        description={description}
        required={required}
        withAsterisk={false}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        error={Boolean(wrong)}
        autosize
        minRows={1}
        maxRows={10}
        maxLength={4096}
        spellCheck={false}
        autoCapitalize="off"
        autoCorrect="off"
        classNames={{ input: classes.code }}
      />
      <Menu position="bottom-end" width={300} returnFocus={false}>
        <Menu.Target>
          <Button className={classes.insert} size="compact-xs" variant="subtle" leftSection={<IconPlus size={12} aria-hidden />} aria-label={`${label}: ${t.insert}`}>
            {t.insert}
          </Button>
        </Menu.Target>
        <Menu.Dropdown className={classes.vocabulary} data-overlay>
          <Menu.Label>{t.examples}</Menu.Label>
          {examples[scope].map((text) => (
            <Menu.Item key={text} className={classes.said} onClick={() => insert(text)}>
              {text}
            </Menu.Item>
          ))}
          {Object.entries(vocabulary[scope]).map(([object, fields]) => [
            <Menu.Label key={object}>{object}</Menu.Label>,
            ...fields.map((field) => (
              <Menu.Item key={`${object}.${field}`} className={classes.said} onClick={() => insert(`${object}.${field}`)}>
                {object}.{field}
              </Menu.Item>
            )),
          ])}
          <Menu.Label>{t.functions}</Menu.Label>
          {functions.map((text) => (
            <Menu.Item key={text} className={classes.said} onClick={() => insert(text)}>
              {text}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {wrong?.line !== undefined && (
        <button type="button" className={classes.place} onClick={() => goTo(wrong)}>
          <Pointed text={value} finding={wrong} />
          <span className={classes.placeWords}>
            {t.place(format.number(wrong.line), format.number(wrong.column ?? 1))} · {t.goTo}
          </span>
        </button>
      )}
      <FindingList findings={findings} />
    </div>
  )
}

/** The line that is wrong, with the word that is. */
function Pointed({ text, finding }: { text: string; finding: Finding }) {
  const [start, end] = wordAt(text, finding.line ?? 1, finding.column ?? 1)
  const from = text.lastIndexOf('\n', start - 1) + 1
  const to = text.indexOf('\n', start)
  const line = to < 0 ? text.length : to
  return (
    <code className={classes.pointed}>
      {text.slice(Math.max(from, start - 30), start)}
      <mark>{text.slice(start, Math.min(end, line)) || ' '}</mark>
      {text.slice(Math.min(end, line), Math.min(line, end + 40))}
    </code>
  )
}
