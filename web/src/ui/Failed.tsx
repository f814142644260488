import { Button, Group } from '@mantine/core'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { Notice } from './Notice'
import classes from './Notice.module.css'
import { useErrorText } from './useErrorText'

/** In place of what could not be loaded: what failed, why, and a button to try again. */
export function Failed({ error, retry, title }: { error: unknown; retry: () => void; title: string }) {
  const common = useText(commonText)
  const errorText = useErrorText()
  return (
    <div className={classes.failed}>
      <Notice bad title={title}>
        <Group justify="space-between" gap="sm">
          <span>{errorText(error)}</span>
          <Button size="compact-sm" variant="default" onClick={retry}>
            {common.retry}
          </Button>
        </Group>
      </Notice>
    </div>
  )
}
