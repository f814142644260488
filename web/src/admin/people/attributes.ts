/** An attribute as it is typed: a text as it is, anything else as JSON; a text that could be taken for JSON in quotes. */
export function attributeText(value: unknown): string {
  if (typeof value === 'string' && parsed(value) === undefined) return value
  return JSON.stringify(value)
}

/** What was typed: JSON where it is some, else a text. */
export function attributeValue(text: string): unknown {
  const value = parsed(text)
  return value === undefined ? text : value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
