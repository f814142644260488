import type { Capabilities } from '../api/types'

export type Refusal = { code: 'type' | 'size' | 'none' | 'many'; name: string }

export const maxFiles = 10

function typeFits(type: string, allowed: readonly string[]): boolean {
  return allowed.some((one) => one === type || one === '*/*' || (one.endsWith('/*') && type.startsWith(one.slice(0, -1))))
}

/** Sorts files into those the channel takes and those it does not, before anything is uploaded. */
export function sortFiles<T extends { name: string; size: number; type: string }>(
  files: readonly T[],
  already: number,
  capabilities: Pick<Capabilities, 'max_file_bytes' | 'file_types'>,
): { taken: T[]; refused: Refusal[] } {
  const taken: T[] = []
  const refused: Refusal[] = []
  for (const file of files) {
    if (capabilities.max_file_bytes === 0 || capabilities.file_types.length === 0) refused.push({ code: 'none', name: file.name })
    else if (!typeFits(file.type, capabilities.file_types)) refused.push({ code: 'type', name: file.name })
    else if (file.size > capabilities.max_file_bytes) refused.push({ code: 'size', name: file.name })
    else if (already + taken.length >= maxFiles) refused.push({ code: 'many', name: file.name })
    else taken.push(file)
  }
  return { taken, refused }
}

/** "PNG, JPEG, PDF": what people call these media types. */
export function typeNames(types: readonly string[]): string {
  const names = types.map((type) => {
    const [, end = type] = type.split('/')
    return end === '*' ? type : (end.split('+')[0] ?? end).replace(/^(x-|vnd\.)/, '').toUpperCase()
  })
  return [...new Set(names)].join(', ')
}

export function textLength(text: string): number {
  return Array.from(text).length
}
