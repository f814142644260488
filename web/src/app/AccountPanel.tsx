import { SegmentedControl, Switch, UnstyledButton, useMantineColorScheme } from '@mantine/core'
import { IconKeyboard, IconLock, IconLogout } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { api, call } from '../api/client'
import { keys } from '../api/keys'
import { useLanguage, useText } from '../i18n'
import type { Language } from '../i18n/core'
import { shellText } from '../i18n/shell'
import { playOffer, setSound, soundOn } from '../lib/sound'
import { useMe, useSignOut } from '../session'
import { Keys } from '../ui/Keys'
import { useNotify } from '../ui/useNotify'
import classes from './Account.module.css'
import { setOverlay } from './overlays'
import PresenceList from './PresenceList'

export default function AccountPanel({ phone, close }: { phone: boolean; close: () => void }) {
  const t = useText(shellText)
  const me = useMe()
  const notify = useNotify()
  const signOut = useSignOut()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const [sound, setSoundState] = useState(soundOn)
  const open = (overlay: 'help' | 'password') => {
    close()
    setOverlay(overlay)
  }
  return (
    <>
      <div className={classes.head}>
        <div className={classes.name}>{me.name}</div>
        <div className={classes.role}>{me.email}</div>
      </div>
      {phone && (
        <div className={classes.section}>
          <PresenceList onDone={close} />
        </div>
      )}
      <div className={classes.section}>
        <Setting label={t.account.theme}>
          <SegmentedControl
            size="xs"
            aria-label={t.account.theme}
            value={colorScheme}
            onChange={(value) => setColorScheme(value)}
            data={[
              { value: 'light', label: t.account.light },
              { value: 'dark', label: t.account.dark },
              { value: 'auto', label: t.account.auto },
            ]}
          />
        </Setting>
        <Setting label={t.account.language}>
          <LanguageChoice />
        </Setting>
        <Setting label={t.account.sound}>
          <Switch
            aria-label={t.account.sound}
            checked={sound}
            onChange={(event) => {
              const on = event.currentTarget.checked
              setSound(on)
              setSoundState(on)
              if (on) playOffer()
            }}
          />
        </Setting>
      </div>
      {!phone && (
        <UnstyledButton className={classes.option} data-testid="open-help" onClick={() => open('help')}>
          <IconKeyboard size={17} aria-hidden />
          <span className={classes.grow}>{t.account.shortcuts}</span>
          <Keys keys="?" />
        </UnstyledButton>
      )}
      <UnstyledButton className={classes.option} data-testid="change-password" onClick={() => open('password')}>
        <IconLock size={17} aria-hidden />
        {t.account.password}
      </UnstyledButton>
      <UnstyledButton className={classes.option} data-testid="sign-out" onClick={() => signOut().catch((error: unknown) => notify.error(error))} title={t.account.signOutHelp}>
        <IconLogout size={17} aria-hidden />
        {t.account.signOut}
      </UnstyledButton>
    </>
  )
}

function Setting({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={classes.setting}>
      <span>{label}</span>
      {children}
    </div>
  )
}

function LanguageChoice() {
  const t = useText(shellText)
  const { language, setLanguage } = useLanguage()
  const client = useQueryClient()
  const notify = useNotify()
  const save = useMutation({
    mutationFn: (locale: Language) => call(api.PATCH('/session', { body: { locale } })),
    onSuccess: (me) => client.setQueryData(keys.me, me),
    onError: (error) => notify.error(error),
  })
  return (
    <SegmentedControl
      size="xs"
      aria-label={t.account.language}
      value={language}
      onChange={(value) => {
        const next = value === 'ko' ? 'ko' : 'en'
        setLanguage(next)
        save.mutate(next)
      }}
      data={[
        { value: 'en', label: 'English' },
        { value: 'ko', label: '한국어' },
      ]}
    />
  )
}
