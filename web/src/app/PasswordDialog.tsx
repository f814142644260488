import { Button, Group, Modal, PasswordInput, Stack } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState, type SyntheticEvent } from 'react'
import { api, call } from '../api/client'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { shellText } from '../i18n/shell'
import { useErrorText } from '../ui/useErrorText'
import { useNotify } from '../ui/useNotify'

export default function PasswordDialog({ close }: { close: () => void }) {
  const t = useText(shellText)
  const common = useText(commonText)
  const errorText = useErrorText()
  const notify = useNotify()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const change = useMutation({
    mutationFn: () => call(api.PATCH('/session', { body: { current_password: current, new_password: next } })),
    onSuccess: () => {
      notify.success(t.account.passwordChanged)
      close()
    },
  })
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    change.mutate()
  }
  return (
    <Modal opened onClose={close} title={t.account.password} closeButtonProps={{ 'aria-label': common.close }}>
      <form onSubmit={submit}>
        <Stack>
          <PasswordInput data-autofocus label={t.account.currentPassword} autoComplete="current-password" required value={current} onChange={(e) => setCurrent(e.currentTarget.value)} />
          <PasswordInput
            label={t.account.newPassword}
            description={t.account.passwordRule}
            autoComplete="new-password"
            required
            minLength={8}
            value={next}
            onChange={(e) => setNext(e.currentTarget.value)}
            error={change.isError ? errorText(change.error) : undefined}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={change.isPending} disabled={next.length < 8 || !current}>
              {common.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
