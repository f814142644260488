import { Button, Center, Loader, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { useErrorText } from '../ui/useErrorText'

export function LoadingPage() {
  const t = useText(commonText)
  return (
    <Center h="100%" role="status" aria-label={t.loading}>
      <Loader size="sm" />
    </Center>
  )
}

function Message({ title, text, children }: { title: string; text?: string; children?: ReactNode }) {
  return (
    <Center component="main" h="100%" p="lg">
      <Stack align="center" gap="sm" maw={420} ta="center">
        <Title order={1} size="h3">
          {title}
        </Title>
        {text && <Text c="dimmed">{text}</Text>}
        {children}
      </Stack>
    </Center>
  )
}

export function FailedPage({ error, retry }: { error: unknown; retry: () => void }) {
  const t = useText(commonText)
  const errorText = useErrorText()
  return (
    <Message title={t.pageFailed} text={errorText(error)}>
      <Button onClick={retry}>{t.retry}</Button>
    </Message>
  )
}

export function CrashPage() {
  const t = useText(commonText)
  return (
    <Message title={t.pageFailed} text={t.pageFailedHelp}>
      <Button onClick={() => location.reload()}>{t.reload}</Button>
    </Message>
  )
}

export function NotFoundPage() {
  const t = useText(commonText)
  return (
    <Message title={t.notFound} text={t.notFoundHelp}>
      <Button component={Link} to="/inbox/mine" variant="default">
        {t.toInbox}
      </Button>
    </Message>
  )
}
