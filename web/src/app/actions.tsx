import { createContext, use, useEffect, useMemo, useRef, type ReactNode } from 'react'
import { matches, parseKeys, type Chord } from '../lib/keyboard'

export type ActionGroup = 'general' | 'list' | 'conversation' | 'offers' | 'composer'

/** Something a person can do from the keyboard, the command palette, or both. */
export type Action = {
  id: string
  label: string
  group: ActionGroup
  /** "mod+k", "alt+a", "j", "g i" (one after the other), "?". */
  keys?: string
  run: () => void
  enabled?: boolean
  /** Shown in the palette; default true. */
  palette?: boolean
}

type Holder = { actions: readonly Action[] }

class ActionRegistry {
  private holders: Holder[] = []
  private prefix: { key: string; at: number } | undefined

  add(holder: Holder): () => void {
    this.holders = [...this.holders, holder]
    return () => {
      this.holders = this.holders.filter((other) => other !== holder)
    }
  }

  /** All there are on this page; what was mounted last comes first. */
  all(): Action[] {
    return this.holders.toReversed().flatMap((holder) => holder.actions)
  }

  /** All that can be done now. */
  enabled(): Action[] {
    return this.all().filter((action) => action.enabled !== false)
  }

  handle(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return
    const target = event.target instanceof HTMLElement ? event.target : null
    const typing = target?.closest('input, textarea, select, [contenteditable=true]') != null
    const inDialog = target?.closest('[role=dialog], [role=menu], [role=listbox]') != null
    const prefix = this.prefix && event.timeStamp - this.prefix.at < 1200 ? this.prefix.key : undefined
    this.prefix = undefined
    const action = this.enabled().find((candidate) => {
      const chord = candidate.keys ? parseKeys(candidate.keys) : undefined
      return chord !== undefined && this.allowed(chord, typing, inDialog) && chord.prefix === prefix && matches(event, chord)
    })
    if (action) {
      event.preventDefault()
      action.run()
      return
    }
    if (!typing && !inDialog && !event.ctrlKey && !event.metaKey && !event.altKey && event.key === 'g') this.prefix = { key: 'g', at: event.timeStamp }
  }

  private allowed(chord: Chord, typing: boolean, inDialog: boolean): boolean {
    return chord.alt || chord.mod || (!typing && !inDialog)
  }
}

const ActionsContext = createContext<ActionRegistry | null>(null)

export function ActionsProvider({ children }: { children: ReactNode }) {
  const registry = useMemo(() => new ActionRegistry(), [])
  useEffect(() => {
    const handle = (event: KeyboardEvent) => registry.handle(event)
    window.addEventListener('keydown', handle)
    return () => window.removeEventListener('keydown', handle)
  }, [registry])
  return <ActionsContext value={registry}>{children}</ActionsContext>
}

export function useActionRegistry(): ActionRegistry {
  const registry = use(ActionsContext)
  if (!registry) throw new Error('no ActionsProvider above')
  return registry
}

/** Offers these actions while the component is mounted. */
export function useActions(actions: readonly Action[]): void {
  const registry = useActionRegistry()
  const holder = useRef<Holder>({ actions })
  useEffect(() => {
    holder.current.actions = actions
  })
  useEffect(() => registry.add(holder.current), [registry])
}
