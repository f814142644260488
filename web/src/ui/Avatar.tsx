import { IconUser } from '@tabler/icons-react'
import { initials, tint } from './names'
import classes from './Avatar.module.css'

type Props = { name: string; seed: string; size?: number; square?: boolean }

/** Initials on a calm color that stays the same for the same person. */
export function Avatar({ name, seed, size = 32, square = false }: Props) {
  return (
    <span
      aria-hidden="true"
      className={classes.avatar}
      data-tint={tint(seed)}
      style={{ width: size, height: size, fontSize: Math.round(size * 0.38), borderRadius: square ? '28%' : '50%' }}
    >
      {name.trim() ? initials(name) : <IconUser size={Math.round(size * 0.5)} stroke={1.8} />}
    </span>
  )
}
