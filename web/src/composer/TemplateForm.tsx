import { Button, ScrollArea, Skeleton, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { IconArrowLeft, IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, call } from '../api/client'
import { keys } from '../api/keys'
import type { MessageTemplate, TemplateFilled } from '../api/types'
import { useText } from '../i18n'
import { composerText } from '../i18n/composer'
import { Failed } from '../ui/Failed'
import classes from './Template.module.css'
import { fillTemplate, isFilled, sortTemplates } from './templates'

export type Filled = { template: TemplateFilled; text: string }

type Props = {
  channelId: string
  /** The customer's; empty when unknown. */
  language: string
  /** With null while something is missing. */
  onChange: (filled: Filled | null) => void
}

/** Picks one of a channel's templates, fills it in and shows how it reads. */
export function TemplateForm({ channelId, language, onChange }: Props) {
  const t = useText(composerText).template
  const { data, error, refetch, isPending } = useQuery({
    queryKey: keys.templates(channelId),
    queryFn: async () => (await call(api.GET('/templates', { params: { query: { channel: channelId } } }))).items,
    staleTime: 5 * 60_000,
  })
  const [chosen, setChosen] = useState<MessageTemplate | null>(null)
  const [variables, setVariables] = useState<Record<string, string>>({})
  const tell = (template: MessageTemplate | null, values: Record<string, string>) => {
    setChosen(template)
    setVariables(values)
    onChange(
      template && isFilled(template, values)
        ? { template: { id: template.id, language: template.language, variables: values }, text: fillTemplate(template, values) }
        : null,
    )
  }
  if (isPending) return <Skeleton height={160} radius="md" />
  if (error) return <Failed title={t.failed} error={error} retry={() => void refetch()} />
  if (chosen) return <Fill template={chosen} variables={variables} change={(values) => tell(chosen, values)} back={() => tell(null, {})} />
  return <Pick templates={sortTemplates(data, language)} pick={(template) => tell(template, {})} />
}

function Pick({ templates, pick }: { templates: MessageTemplate[]; pick: (template: MessageTemplate) => void }) {
  const t = useText(composerText).template
  const [search, setSearch] = useState('')
  const words = search.trim().toLowerCase()
  const found = templates.filter((one) => `${one.name} ${one.body}`.toLowerCase().includes(words))
  if (templates.length === 0) return <Text c="dimmed">{t.none}</Text>
  return (
    <Stack gap="xs">
      <TextInput
        data-autofocus
        data-testid="template-search"
        aria-label={t.search}
        placeholder={t.search}
        leftSection={<IconSearch size={15} aria-hidden />}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <ScrollArea.Autosize mah={320} type="auto">
        <ul className={classes.list} aria-label={t.choose}>
          {found.map((one) => (
            <li key={`${one.id} ${one.language}`}>
              <UnstyledButton className={classes.row} data-testid="template" onClick={() => pick(one)}>
                <span className={classes.head}>
                  <strong>{one.name}</strong>
                  <span>{[one.language, one.category].filter(Boolean).join(' · ')}</span>
                </span>
                <span className={classes.body}>{one.body}</span>
              </UnstyledButton>
            </li>
          ))}
        </ul>
        {found.length === 0 && <Text c="dimmed">{t.nothing}</Text>}
      </ScrollArea.Autosize>
    </Stack>
  )
}

type FillProps = { template: MessageTemplate; variables: Record<string, string>; change: (variables: Record<string, string>) => void; back: () => void }

function Fill({ template, variables, change, back }: FillProps) {
  const t = useText(composerText).template
  return (
    <Stack gap="sm">
      <div className={classes.head}>
        <strong>{template.name}</strong>
        <Button size="compact-xs" variant="subtle" leftSection={<IconArrowLeft size={13} aria-hidden />} onClick={back}>
          {t.back}
        </Button>
      </div>
      {template.variables.map(({ name, example }, index) => (
        <TextInput
          key={name}
          data-testid={`template-variable-${name}`}
          label={t.variable(name)}
          description={example ? t.example(example) : undefined}
          autoFocus={index === 0}
          maxLength={1000}
          required
          value={variables[name] ?? ''}
          onChange={(event) => change({ ...variables, [name]: event.currentTarget.value })}
        />
      ))}
      <figure className={classes.preview}>
        <figcaption>{t.preview}</figcaption>
        <p data-testid="template-preview" lang={template.language.slice(0, 2)}>
          {fillTemplate(template, variables)}
        </p>
        {template.options.length > 0 && (
          <ul>
            {template.options.map((label) => (
              <li key={label}>{label}</li>
            ))}
          </ul>
        )}
      </figure>
    </Stack>
  )
}
