export type Chord = { prefix: string | undefined; mod: boolean; alt: boolean; shift: boolean; key: string }

export const isMac = /mac|iphone|ipad/i.test(navigator.userAgent)

/** Reads "mod+k", "alt+shift+a", "g i", "?". */
export function parseKeys(keys: string): Chord {
  const [first = '', second] = keys.split(' ')
  const parts = (second ?? first).split('+')
  const key = parts.at(-1) ?? ''
  return {
    prefix: second === undefined ? undefined : first,
    mod: parts.includes('mod'),
    alt: parts.includes('alt'),
    shift: parts.includes('shift'),
    key,
  }
}

/** Letters are matched by their place with Alt: Option+A types "å" on a Mac, and a Korean layout types no Latin letters. */
export function matches(event: Pick<KeyboardEvent, 'key' | 'code' | 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'>, chord: Chord): boolean {
  const mod = isMac ? event.metaKey : event.ctrlKey
  const otherMod = isMac ? event.ctrlKey : event.metaKey
  if (mod !== chord.mod || otherMod || event.altKey !== chord.alt) return false
  const letter = /^[a-z]$/.test(chord.key)
  if (letter) return event.shiftKey === chord.shift && (event.code === `Key${chord.key.toUpperCase()}` || event.key.toLowerCase() === chord.key)
  if (chord.key.length > 1) return event.shiftKey === chord.shift && event.key.toLowerCase() === chord.key
  return event.key === chord.key
}

const names: Record<string, string> = {
  arrowdown: '↓',
  arrowup: '↑',
  enter: '↵',
  escape: 'Esc',
}

/** The keys as printed on this machine's keyboard: ["Ctrl", "K"]. */
export function keyNames(keys: string): string[] {
  return keys.split(' ').flatMap((step) =>
    step.split('+').map((part) => {
      if (part === 'mod') return isMac ? '⌘' : 'Ctrl'
      if (part === 'alt') return isMac ? '⌥' : 'Alt'
      if (part === 'shift') return isMac ? '⇧' : 'Shift'
      return names[part] ?? part.toUpperCase()
    }),
  )
}
