import { Button, CloseButton, TextInput } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import type { Capabilities } from '../api/types'
import { useText } from '../i18n'
import { composerText } from '../i18n/composer'
import classes from './Composer.module.css'
import { lengthIn } from './length'

type Props = {
  options: readonly string[]
  change: (options: string[]) => void
  capabilities: Pick<Capabilities, 'max_options' | 'max_option_label' | 'text_unit'>
}

/** The replies a customer can choose by a tap. */
export function OptionsEditor({ options, change, capabilities: { max_options, max_option_label, text_unit } }: Props) {
  const t = useText(composerText).options
  return (
    <fieldset className={classes.options} data-testid="composer-options">
      <legend>{t.title}</legend>
      {options.map((label, index) => {
        const tooLong = isTooLong(label, { max_option_label, text_unit })
        return (
          <div key={index} className={classes.option}>
            <TextInput
              size="xs"
              data-testid={`composer-option-${index + 1}`}
              aria-label={t.one(index + 1)}
              placeholder={t.one(index + 1)}
              autoFocus={label === '' && index === options.length - 1}
              maxLength={200}
              error={tooLong ? t.tooLong(max_option_label) : undefined}
              value={label}
              onChange={(event) => change(options.with(index, event.currentTarget.value))}
            />
            <CloseButton size="sm" aria-label={t.remove(index + 1)} onClick={() => change(options.filter((_, other) => other !== index))} />
          </div>
        )
      })}
      {options.length < max_options && (
        <Button size="compact-xs" variant="subtle" data-testid="composer-option-more" leftSection={<IconPlus size={13} aria-hidden />} onClick={() => change([...options, ''])}>
          {t.more}
        </Button>
      )}
    </fieldset>
  )
}

export function isTooLong(label: string, { max_option_label: limit, text_unit }: Pick<Capabilities, 'max_option_label' | 'text_unit'>): boolean {
  return limit > 0 && lengthIn(label.trim(), text_unit) > limit
}
