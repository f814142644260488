import { Alert } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import classes from './Notice.module.css'

type Props = { title?: string; bad?: boolean; icon?: ReactNode; role?: 'alert' | 'status'; children: ReactNode }

/** Something to know before going on: a warning, or with `bad` what did not work. */
export function Notice({ title, bad = false, icon = <IconAlertTriangle size={18} aria-hidden />, role = 'alert', children }: Props) {
  return (
    <Alert
      role={role}
      icon={icon}
      title={title}
      classNames={{ root: bad ? classes.bad : classes.warn, title: classes.title, icon: classes.icon, message: classes.message }}
    >
      {children}
    </Alert>
  )
}
