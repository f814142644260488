import { ColorInput, NumberInput, PasswordInput, Select, Switch, Textarea, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import type { SettingField } from '../../api/types'
import { useLocalText, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { beside, Wide } from '../kit/fields'

type Props = {
  field: SettingField
  value: string
  /** A secret that the server has already. */
  kept: boolean
  error?: ReactNode
  onChange: (value: string) => void
}

/** One setting of a channel account, as its kind describes it. */
export function SettingInput({ field, value, kept, error, onChange }: Props) {
  const t = useText(adminText)
  const local = useLocalText()
  const help = local(field.help)
  const common = { label: local(field.label), description: help || undefined, error, required: field.required === true, placeholder: field.placeholder }

  switch (field.type) {
    case 'boolean':
      return (
        <Switch
          className={beside}
          label={common.label}
          description={common.description}
          error={error}
          checked={value === 'true'}
          onChange={(event) => onChange(event.currentTarget.checked ? 'true' : 'false')}
        />
      )
    case 'color':
      return <ColorInput {...common} format="hex" eyeDropperButtonProps={{ 'aria-label': common.label }} value={value} onChange={onChange} />
    case 'secret':
      return (
        <PasswordInput
          {...common}
          required={common.required && !kept}
          description={[help, kept ? t.channels.secretKeep : ''].filter(Boolean).join(' ')}
          autoComplete="off"
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )
    case 'textarea':
    case 'list':
      return (
        <Wide>
          <Textarea
            {...common}
            description={[help, field.type === 'list' ? t.channels.listHelp : ''].filter(Boolean).join(' ')}
            autosize
            minRows={2}
            maxRows={10}
            maxLength={4000}
            value={value}
            onChange={(event) => onChange(event.currentTarget.value)}
          />
        </Wide>
      )
    case 'number':
      return <NumberInput {...common} allowNegative={false} clampBehavior="none" value={value} onChange={(entered) => onChange(String(entered))} />
    case 'choice':
      return (
        <Select
          {...common}
          allowDeselect={false}
          data={(field.choices ?? []).map((choice) => ({ value: choice.value, label: local(choice.label) }))}
          value={value}
          onChange={(chosen) => onChange(chosen ?? '')}
        />
      )
    case 'text':
      return <TextInput {...common} maxLength={4000} value={value} onChange={(event) => onChange(event.currentTarget.value)} />
  }
}
