import { Alert, Button, PasswordInput, TextInput, UnstyledButton } from '@mantine/core'
import { IconAlertCircle } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState, type SyntheticEvent } from 'react'
import { api, call } from '../api/client'
import { asApiError } from '../api/errors'
import { keys } from '../api/keys'
import { useFormat, useLanguage, useText } from '../i18n'
import { commonText } from '../i18n/common'
import { signInText } from '../i18n/signIn'
import { Logo } from '../ui/Logo'
import { useErrorText } from '../ui/useErrorText'
import classes from './SignIn.module.css'

export default function SignInPage() {
  const t = useText(signInText)
  const { language, setLanguage } = useLanguage()
  return (
    <div className={classes.page}>
      <svg className={classes.waves} viewBox="0 0 1440 320" preserveAspectRatio="none" aria-hidden="true">
        <path d="M0 120c180 0 180 60 360 60s180-60 360-60 180 60 360 60 180-60 360-60v200H0z" />
        <path d="M0 190c180 0 180 50 360 50s180-50 360-50 180 50 360 50 180-50 360-50v130H0z" />
        <path d="M0 255c180 0 180 35 360 35s180-35 360-35 180 35 360 35 180-35 360-35v65H0z" />
      </svg>
      <main className={classes.card}>
        <Logo size={44} />
        <h1 className={classes.title}>{t.title}</h1>
        <p className={classes.lead}>{t.lead}</p>
        <SignInForm />
        <div className={classes.languages} role="group" aria-label={t.language}>
          <UnstyledButton lang="en" className={classes.language} aria-pressed={language === 'en'} onClick={() => setLanguage('en')}>
            English
          </UnstyledButton>
          <UnstyledButton lang="ko" className={classes.language} aria-pressed={language === 'ko'} onClick={() => setLanguage('ko')}>
            한국어
          </UnstyledButton>
        </div>
      </main>
    </div>
  )
}

function SignInForm() {
  const t = useText(signInText)
  const client = useQueryClient()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const signIn = useMutation({
    mutationFn: () => call(api.POST('/session', { body: { email: email.trim(), password } })),
    onSuccess: (me) => {
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'me' })
      client.setQueryData(keys.me, me)
    },
  })
  const wait = useWait(signIn.error)
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    signIn.mutate()
  }
  return (
    <form onSubmit={submit} className={classes.form}>
      <TextInput size="md" data-testid="sign-in-email" label={t.email} type="email" autoComplete="username" autoFocus required value={email} onChange={(e) => setEmail(e.currentTarget.value)} withAsterisk={false} />
      <PasswordInput size="md" data-testid="sign-in-password" label={t.password} autoComplete="current-password" required value={password} onChange={(e) => setPassword(e.currentTarget.value)} withAsterisk={false} />
      <div aria-live="assertive">{signIn.isError && <Problem error={signIn.error} waitMs={wait} />}</div>
      <Button type="submit" size="md" fullWidth data-testid="sign-in-submit" loading={signIn.isPending} disabled={wait > 0}>
        {t.submit}
      </Button>
    </form>
  )
}

function Problem({ error, waitMs }: { error: unknown; waitMs: number }) {
  const t = useText(signInText)
  const common = useText(commonText)
  const format = useFormat()
  const errorText = useErrorText()
  const { status } = asApiError(error)
  const text = waitMs > 0 ? common.errors.throttledFor(format.duration(waitMs + 999)) : status === 401 ? t.wrong : errorText(error)
  return (
    <Alert color="red" variant="light" icon={<IconAlertCircle aria-hidden />} p="sm">
      {text}
    </Alert>
  )
}

/** Milliseconds until a throttled sign-in may be tried again. */
function useWait(error: unknown): number {
  const [left, setLeft] = useState(0)
  useEffect(() => {
    const seconds = error ? (asApiError(error).problem.retry_after ?? 0) : 0
    const end = Date.now() + seconds * 1000
    const tick = () => setLeft(Math.max(0, end - Date.now()))
    tick()
    if (seconds === 0) return
    const timer = setInterval(tick, 500)
    return () => clearInterval(timer)
  }, [error])
  return left
}
