import type { MessageTemplate } from '../api/types'

const hole = /\{\{\s*([^{}]+?)\s*\}\}/g

/** The template as the customer reads it; holes that are not filled stay. The server writes it in the same way. */
export function fillTemplate(template: MessageTemplate, variables: Readonly<Record<string, string>>): string {
  return [template.header, template.body, template.footer]
    .filter((text): text is string => !!text)
    .map((text) => text.replace(hole, (found, name: string) => filled(variables[name]) ?? found))
    .join('\n')
}

function filled(value: string | undefined): string | undefined {
  return value?.trim() === '' ? undefined : value?.trim()
}

/** Whether every hole has something in it. */
export function isFilled(template: MessageTemplate, variables: Readonly<Record<string, string>>): boolean {
  return template.variables.every(({ name }) => filled(variables[name]) !== undefined)
}

/** Those of the customer's language first, then by name. */
export function sortTemplates(templates: readonly MessageTemplate[], language: string): MessageTemplate[] {
  const fits = (one: MessageTemplate) => (language !== '' && one.language.toLowerCase().startsWith(language) ? 0 : 1)
  return templates.toSorted((a, b) => fits(a) - fits(b) || a.name.localeCompare(b.name) || a.language.localeCompare(b.language))
}
