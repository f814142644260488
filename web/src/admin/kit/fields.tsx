import { ActionIcon, Button, CopyButton, NumberInput, SegmentedControl, TextInput, Tooltip, type NumberInputProps } from '@mantine/core'
import { IconCheck, IconCopy, IconEye, IconEyeOff } from '@tabler/icons-react'
import { useId, useState, type ReactNode } from 'react'
import { useFormat, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { commonText } from '../../i18n/common'
import { languages } from '../../i18n/core'
import { slugify } from './values'
import classes from './Editor.module.css'

/** For a switch beside an input: level with it, where they are side by side. */
export const beside = classes.beside

export function Section({ title, help, children }: { title?: string; help?: string; children: ReactNode }) {
  const heading = useId()
  return (
    <section className={classes.section} aria-labelledby={title ? heading : undefined}>
      {title && (
        <h3 className={classes.sectionTitle} id={heading}>
          {title}
        </h3>
      )}
      {help && <p className={classes.sectionHelp}>{help}</p>}
      <div className={classes.grid}>{children}</div>
    </section>
  )
}

export function Wide({ children }: { children: ReactNode }) {
  return <div className={classes.wide}>{children}</div>
}

type TextForm = {
  values: { id: string }
  isTouched(path: string): boolean
  setFieldValue(path: 'id', value: string): void
  getInputProps(path: string): object
}

type LocalNameProps = { form: TextForm; field: 'name' | 'label'; label: string; isNew: boolean }

/** A name in each language, and the id that is made from the English one until somebody types their own. */
export function LocalName({ form, field, label, isNew }: LocalNameProps) {
  const t = useText(adminText)
  const english = form.getInputProps(`${field}.en`) as { onChange: (event: React.ChangeEvent<HTMLInputElement>) => void }
  return (
    <>
      <TextInput
        label={`${label} (${t.editor.english})`}
        required
        maxLength={200}
        data-autofocus={isNew || undefined}
        {...english}
        onChange={(event) => {
          english.onChange(event)
          if (isNew && !form.isTouched('id')) form.setFieldValue('id', slugify(event.currentTarget.value))
        }}
      />
      <TextInput
        label={`${label} (${t.editor.korean})`}
        description={t.editor.koreanHelp}
        maxLength={200}
        lang="ko"
        {...form.getInputProps(`${field}.ko`)}
      />
      {isNew && (
        <TextInput label={t.editor.id} description={t.editor.idHelp} required maxLength={60} spellCheck={false} autoCapitalize="off" {...form.getInputProps('id')} />
      )}
    </>
  )
}

/** Seconds, with the same in minutes and hours beside it. */
export function SecondsInput({ description, value, ...rest }: NumberInputProps) {
  const t = useText(adminText)
  const format = useFormat()
  const seconds = Number(value)
  const words = seconds >= 60 ? t.editor.seconds(format.duration(seconds * 1000)) : undefined
  return (
    <NumberInput
      value={value}
      allowDecimal={false}
      allowNegative={false}
      clampBehavior="none"
      suffix={t.editor.secondsUnit}
      description={words ? `${words}. ${typeof description === 'string' ? description : ''}` : description}
      {...rest}
    />
  )
}

/** One of the client's languages. */
export function LanguageField({ label, description, value, onChange }: { label: string; description?: string; value: string; onChange: (value: string) => void }) {
  const common = useText(commonText)
  const id = useId()
  return (
    <div role="group" aria-labelledby={id}>
      <div className={classes.label} id={id}>
        {label}
      </div>
      <SegmentedControl
        fullWidth
        aria-labelledby={id}
        value={value}
        onChange={onChange}
        data={languages.map((language) => ({ value: language, label: common.language[language] }))}
      />
      {description && <p className={classes.help}>{description}</p>}
    </div>
  )
}

export function CopyIcon({ value, label }: { value: string; label: string }) {
  const t = useText(adminText)
  return (
    <CopyButton value={value} timeout={1800}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? t.copied : label}>
          <ActionIcon aria-label={copied ? t.copied : label} color={copied ? 'sea' : 'gray'} onClick={copy}>
            {copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  )
}

export function CopyButtonText({ value }: { value: string }) {
  const t = useText(adminText)
  return (
    <CopyButton value={value} timeout={1800}>
      {({ copied, copy }) => (
        <Button
          variant="default"
          miw={96}
          leftSection={copied ? <IconCheck size={15} aria-hidden /> : <IconCopy size={15} aria-hidden />}
          onClick={copy}
          aria-live="polite"
        >
          {copied ? t.copied : t.copy}
        </Button>
      )}
    </CopyButton>
  )
}

type CopyFieldProps = { label: string; help?: string; value: string; secret?: boolean }

/** Something to take elsewhere; secrets are shown on request only. */
export function CopyField({ label, help, value, secret = false }: CopyFieldProps) {
  const t = useText(adminText)
  const [revealed, setRevealed] = useState(!secret)
  const id = useId()
  return (
    <div className={classes.wide} role="group" aria-labelledby={id}>
      <div className={classes.label} id={id}>
        {label}
      </div>
      <div className={classes.copyRow}>
        <code className={classes.code}>{revealed ? value : '•'.repeat(32)}</code>
        {secret && (
          <Button
            variant="default"
            aria-expanded={revealed}
            leftSection={revealed ? <IconEyeOff size={15} aria-hidden /> : <IconEye size={15} aria-hidden />}
            onClick={() => setRevealed(!revealed)}
          >
            {revealed ? t.channels.hide : t.channels.reveal}
          </Button>
        )}
        <CopyButtonText value={value} />
      </div>
      {help && <p className={classes.help}>{help}</p>}
    </div>
  )
}
