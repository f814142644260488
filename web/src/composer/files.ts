import type { Capabilities } from '../api/types'

export type FileRules = Pick<Capabilities, 'max_file_bytes' | 'file_types'> & Partial<Pick<Capabilities, 'media'>>

/** limit is in bytes, of files of this type. */
export type Refusal = { code: 'type' | 'none' | 'many'; name: string } | { code: 'size'; name: string; limit: number }

export const maxFiles = 10

function typeFits(type: string, allowed: readonly string[]): boolean {
  return allowed.some((one) => one === type || one === '*/*' || (one.endsWith('/*') && type.startsWith(one.slice(0, -1))))
}

/** How large a file of this type may be; 0: none may be sent. */
export function fileLimit(type: string, { max_file_bytes, file_types, media = [] }: FileRules): number {
  if (!typeFits(type, file_types)) return 0
  return Math.min(max_file_bytes, ...media.filter((rule) => typeFits(type, rule.types)).map((rule) => rule.max_bytes))
}

/** Sorts files into those the channel takes and those it does not, before anything is uploaded. */
export function sortFiles<T extends { name: string; size: number; type: string }>(files: readonly T[], already: number, rules: FileRules): { taken: T[]; refused: Refusal[] } {
  const taken: T[] = []
  const refused: Refusal[] = []
  for (const file of files) {
    const limit = fileLimit(file.type, rules)
    if (rules.max_file_bytes === 0 || rules.file_types.length === 0) refused.push({ code: 'none', name: file.name })
    else if (limit === 0) refused.push({ code: 'type', name: file.name })
    else if (file.size > limit) refused.push({ code: 'size', name: file.name, limit })
    else if (already + taken.length >= maxFiles) refused.push({ code: 'many', name: file.name })
    else taken.push(file)
  }
  return { taken, refused }
}

/** What people call files whose media types nobody knows. */
const called: Readonly<Record<string, string>> = {
  'application/msword': 'Word',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'Word',
  'application/vnd.ms-excel': 'Excel',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'Excel',
  'application/vnd.ms-powerpoint': 'PowerPoint',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'PowerPoint',
  'audio/mpeg': 'MP3',
  'text/plain': 'TXT',
}

/** "PNG, JPEG, PDF": what people call these media types; words are for whole families. */
export function typeNames(types: readonly string[], words: Readonly<Record<string, string>> = {}): string {
  const names = types.map((type) => {
    if (Object.hasOwn(called, type)) return called[type]
    const [family = type, end = type] = type.split('/')
    return end === '*' ? (words[family] ?? type) : (end.split('+')[0] ?? end).replace(/^(x-|vnd\.)/, '').toUpperCase()
  })
  return [...new Set(names)].join(', ')
}
