import { Button, Group, SegmentedControl } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useText } from '../../i18n'
import { plansText } from '../../i18n/plans'
import { Notice } from '../../ui/Notice'
import { differences, linesOf, merge, usual, type Difference, type Path, type Side } from './merge'
import classes from './Meanwhile.module.css'
import editorClasses from './Editor.module.css'

type Props = {
  base: unknown
  mine: unknown
  theirs: unknown
  asked: 'save' | 'delete'
  busy: boolean
  label: (path: Path) => string
  secret: (path: Path) => boolean
  /** Saves what was put together, or deletes it all the same. */
  onGoOn: (merged: unknown) => void
  /** Drops mine and shows theirs. */
  onTheirs: () => void
  onBack: () => void
}

/** What differs when two have edited an entry at once: field by field, mine or theirs. */
export function MeanwhileView({ base, mine, theirs, asked, busy, label, secret, onGoOn, onTheirs, onBack }: Props) {
  const t = useText(plansText).meanwhile
  const deleting = asked === 'delete'
  const all = deleting ? differences(base, base, theirs) : differences(base, mine, theirs)
  const [chosen, setChosen] = useState<Record<string, Side>>({})
  const id = (path: Path) => path.join('\n')
  const sideOf = (difference: Difference): Side => chosen[id(difference.path)] ?? usual(difference)
  const dialog = useRef<HTMLDivElement>(null)
  useEffect(() => dialog.current?.focus(), [])
  const every = (side: Side) => setChosen(Object.fromEntries(all.map(({ path }) => [id(path), side])))

  return (
    <>
      <div className={editorClasses.body} role="alertdialog" aria-label={t.title} data-testid="meanwhile" tabIndex={-1} ref={dialog}>
        <div className={classes.intro}>
          <Notice title={t.title}>{all.length === 0 ? t.nothing : deleting ? t.deleteHelp : t.help}</Notice>
          {!deleting && all.length > 1 && (
            <Group gap="xs">
              <Button size="compact-sm" variant="default" onClick={() => every('mine')}>
                {t.allMine}
              </Button>
              <Button size="compact-sm" variant="default" onClick={() => every('theirs')}>
                {t.allTheirs}
              </Button>
            </Group>
          )}
        </div>
        <ul className={classes.list}>
          {all.map((difference) => {
            const side = sideOf(difference)
            const name = label(difference.path)
            return (
              <li key={id(difference.path)} className={classes.difference} data-testid="meanwhile-field">
                <div className={classes.head}>
                  <span className={classes.name}>{name}</span>
                  {!deleting && (
                    <>
                      <span className={classes.who}>{t.changed[difference.side]}</span>
                      <SegmentedControl
                        size="xs"
                        aria-label={t.take(name)}
                        value={side}
                        onChange={(value) => setChosen({ ...chosen, [id(difference.path)]: value === 'mine' ? 'mine' : 'theirs' })}
                        data={(['mine', 'theirs'] as const).map((value) => ({ value, label: t.side[value] }))}
                      />
                    </>
                  )}
                </div>
                <div className={classes.values}>
                  <Value title={deleting ? t.asRead : t.side.mine} value={deleting ? difference.base : difference.mine} other={difference.theirs} taken={deleting || side === 'mine'} hidden={secret(difference.path)} />
                  <Value title={deleting ? t.now : t.side.theirs} value={difference.theirs} other={deleting ? difference.base : difference.mine} taken={deleting || side === 'theirs'} hidden={secret(difference.path)} />
                </div>
              </li>
            )
          })}
        </ul>
      </div>
      <footer className={editorClasses.footer}>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onBack}>
            {deleting ? t.keepIt : t.back}
          </Button>
          {!deleting && (
            <Button variant="default" data-testid="meanwhile-theirs" onClick={onTheirs}>
              {t.takeTheirs}
            </Button>
          )}
          <Button
            color={deleting ? 'red.9' : 'sea'}
            loading={busy}
            data-testid="meanwhile-save"
            onClick={() => onGoOn(deleting ? theirs : merge(base, mine, theirs, sideOf))}
          >
            {deleting ? t.deleteAnyway : t.save}
          </Button>
        </Group>
      </footer>
    </>
  )
}

function Value({ title, value, other, taken, hidden }: { title: string; value: unknown; other: unknown; taken: boolean; hidden: boolean }) {
  const t = useText(plansText).meanwhile
  const lines = value === true ? [t.on] : value === false ? [t.off] : linesOf(value)
  const there = new Set(linesOf(other))
  return (
    <div className={classes.value} data-taken={taken || undefined}>
      <span className={classes.title}>{title}</span>
      {lines.length === 0 ? (
        <span className={classes.none}>{t.empty}</span>
      ) : hidden ? (
        <span className={classes.none}>••••••••</span>
      ) : (
        <pre className={classes.lines}>
          {lines.map((line, i) => (
            <span key={i} data-new={(lines.length > 1 && !there.has(line)) || undefined}>
              {line}
            </span>
          ))}
        </pre>
      )}
    </div>
  )
}
