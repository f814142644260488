import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { IconCircleCheck, IconPlugConnected } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import { api, call } from '../../api/client'
import { useLanguage, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { Notice } from '../../ui/Notice'
import { useErrorText } from '../../ui/useErrorText'
import { useRefusalText } from '../../ui/useRefusalText'
import { Wide } from '../kit/fields'
import classes from './Channels.module.css'
import { InEnglish } from './InEnglish'

type Props = { id: string | undefined; kind: string; settings: () => Record<string, string> }

/** Tries the settings as they are in the form, saved or not. */
export function TestConnection({ id, kind, settings }: Props) {
  const t = useText(adminText).channels
  const errorText = useErrorText()
  const { language } = useLanguage()
  const refusal = useRefusalText()
  const check = useMutation({ mutationFn: () => call(api.POST('/channel-checks', { body: { kind, settings: settings(), ...(id ? { id } : {}) } })) })
  const found = useRef<HTMLDivElement>(null)
  const told = check.data ?? check.error
  useEffect(() => {
    if (told) found.current?.scrollIntoView({ block: 'nearest' })
  }, [told])
  return (
    <Wide>
      <div className={classes.test}>
        <Button variant="default" data-testid="test-connection" leftSection={<IconPlugConnected size={16} aria-hidden />} loading={check.isPending} onClick={() => check.mutate()}>
          {t.test}
        </Button>
        <div aria-live="polite" className={classes.tested} ref={found}>
          {check.error && <Notice bad>{errorText(check.error)}</Notice>}
          {check.data?.ok && (
            <p className={classes.works} data-testid="test-works">
              <IconCircleCheck size={18} aria-hidden /> {language === 'en' && check.data.words ? check.data.words : t.works}
              <InEnglish words={check.data.words} />
            </p>
          )}
          {check.data && !check.data.ok && (
            <Notice bad title={t.worksNot}>
              {refusal(check.data.code, check.data.words)}
              <InEnglish words={check.data.words} />
            </Notice>
          )}
        </div>
      </div>
    </Wide>
  )
}
