import type { Icon } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import classes from './EmptyState.module.css'

/** Says that there is nothing, and what would change that. */
export function EmptyState({ icon: Found, title, text, children }: { icon: Icon; title: string; text?: string | undefined; children?: ReactNode }) {
  return (
    <div className={classes.empty}>
      <span className={classes.icon}>
        <Found size={24} stroke={1.5} aria-hidden />
      </span>
      <p className={classes.title}>{title}</p>
      {text && <p className={classes.text}>{text}</p>}
      {children}
    </div>
  )
}
