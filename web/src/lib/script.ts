/** The language of a text, for breaking its lines: Korean by its letters, whatever the rest of the conversation is in. */
export function languageOf(text: string, otherwise = ''): string | undefined {
  return /\p{Script=Hangul}/u.test(text) ? 'ko' : otherwise === 'ko' ? undefined : otherwise || undefined
}
