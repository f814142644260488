import { ActionIcon, Button, TextInput } from '@mantine/core'
import { IconPencil, IconPlus, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { customerText } from '../i18n/customer'
import classes from './Panel.module.css'

type Save = (change: Record<string, string>, done: () => void) => void

/** Attributes as name and value, each of which can be changed or removed, and new ones added. */
export function Fields({ values, save }: { values: Record<string, string>; save: Save }) {
  const t = useText(customerText)
  const [editing, setEditing] = useState<string | null>(null)
  const [adding, setAdding] = useState(false)
  const entries = Object.entries(values).toSorted(([a], [b]) => a.localeCompare(b))
  return (
    <>
      {entries.length === 0 && !adding && <p className={classes.dim}>{t.noAttributes}</p>}
      {entries.length > 0 && (
        <dl className={classes.fields}>
          {entries.map(([name, value]) => (
            <div key={name} className={classes.field}>
              <dt title={name}>{name}</dt>
              <dd>{editing === name ? <ValueForm name={name} value={value} save={save} done={() => setEditing(null)} /> : value}</dd>
              {editing !== name && (
                <dd className={classes.tools}>
                  <ActionIcon size={26} aria-label={t.editAttribute(name)} onClick={() => setEditing(name)}>
                    <IconPencil size={13} aria-hidden />
                  </ActionIcon>
                  <ActionIcon size={26} aria-label={t.removeAttribute(name)} onClick={() => save({ [name]: '' }, () => undefined)}>
                    <IconTrash size={13} aria-hidden />
                  </ActionIcon>
                </dd>
              )}
            </div>
          ))}
        </dl>
      )}
      {adding ? (
        <NewField save={save} done={() => setAdding(false)} />
      ) : (
        <Button mt={4} ml={-8} size="compact-xs" variant="subtle" leftSection={<IconPlus size={13} aria-hidden />} onClick={() => setAdding(true)}>
          {t.addAttribute}
        </Button>
      )}
    </>
  )
}

function ValueForm({ name, value, save, done }: { name: string; value: string; save: Save; done: () => void }) {
  const t = useText(customerText)
  const [text, setText] = useState(value)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save({ [name]: text.trim() }, done)
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') done()
      }}
    >
      <TextInput size="xs" autoFocus aria-label={t.editAttribute(name)} maxLength={2000} value={text} onChange={(event) => setText(event.currentTarget.value)} />
    </form>
  )
}

function NewField({ save, done }: { save: Save; done: () => void }) {
  const t = useText(customerText)
  const common = useText(commonText)
  const [name, setName] = useState('')
  const [value, setValue] = useState('')
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        if (name.trim() && value.trim()) save({ [name.trim()]: value.trim() }, done)
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') done()
      }}
    >
      <TextInput size="xs" autoFocus aria-label={t.attributeName} placeholder={t.attributeName} maxLength={100} value={name} onChange={(event) => setName(event.currentTarget.value)} />
      <TextInput size="xs" aria-label={t.attributeValue} placeholder={t.attributeValue} maxLength={2000} value={value} onChange={(event) => setValue(event.currentTarget.value)} />
      <Button size="xs" type="submit" disabled={!name.trim() || !value.trim()}>
        {common.add}
      </Button>
      <Button size="xs" variant="default" onClick={done}>
        {common.cancel}
      </Button>
    </form>
  )
}
