import type { Person } from '../../api/types'
import { useFormat } from '../../i18n'
import text from '../kit/text.module.css'

/** Who has a skill, the best first. */
export function LevelList({ people, skill, all = false }: { people: readonly Person[]; skill: string; all?: boolean }) {
  const format = useFormat()
  const sorted = [...people].sort((a, b) => (b.skills[skill] ?? 0) - (a.skills[skill] ?? 0))
  const shown = all ? sorted : sorted.slice(0, 4)
  const rest = sorted.length - shown.length
  return (
    <span className={text.chips}>
      {shown.map((person) => (
        <span key={person.id} className={text.chip}>
          {person.name} <b>{person.skills[skill]}</b>
        </span>
      ))}
      {rest > 0 && <span className={text.chip}>+{format.number(rest)}</span>}
    </span>
  )
}
