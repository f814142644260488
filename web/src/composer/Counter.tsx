import { Tooltip } from '@mantine/core'
import type { Capabilities } from '../api/types'
import { useFormat, useText } from '../i18n'
import { composerText } from '../i18n/composer'
import classes from './Composer.module.css'
import { lengthIn } from './length'
import { smsSegments } from './segments'

type Props = { text: string; capabilities: Pick<Capabilities, 'max_text' | 'text_unit' | 'segments'> }

/** How long the text is, in what the channel counts; said aloud only near the end of a message. */
export function Counter({ text, capabilities: { max_text: limit, text_unit: unit, segments } }: Props) {
  const t = useText(composerText)
  const format = useFormat()
  const length = lengthIn(text, unit)
  const left = limit - length
  const near = left >= 0 && left <= Math.max(50, limit * 0.1)
  const sms = segments ? smsSegments(text) : undefined
  const words = sms ? t.sms(sms.count, sms.left) : near ? t.left(left, unit) : t.length(format.number(length), format.number(limit))
  return (
    <span className={classes.counter} data-testid="composer-counter" aria-live={near && !sms ? 'polite' : 'off'}>
      {length > 0 && (
        <Tooltip label={sms ? t.smsHelp[sms.encoding] : t.units[unit]}>
          <span>{words}</span>
        </Tooltip>
      )}
    </span>
  )
}
