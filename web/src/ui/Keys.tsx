import { keyNames } from '../lib/keyboard'
import classes from './Keys.module.css'

/** A keyboard shortcut, drawn as keys; silent where it only repeats what screen readers need not hear. */
export function Keys({ keys, silent = false }: { keys: string; silent?: boolean }) {
  return (
    <span className={classes.keys} aria-hidden={silent}>
      {keyNames(keys).map((name, index) => (
        <kbd key={index} className={classes.key}>
          {name}
        </kbd>
      ))}
    </span>
  )
}
