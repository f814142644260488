import { ActionIcon, Button, NativeSelect, TextInput } from '@mantine/core'
import { IconPencil } from '@tabler/icons-react'
import { useState } from 'react'
import type { Contact } from '../api/types'
import { useFormat, useText } from '../i18n'
import { commonText } from '../i18n/common'
import { customerText } from '../i18n/customer'
import { Avatar } from '../ui/Avatar'
import { useContactName } from '../ui/useContactName'
import classes from './Panel.module.css'
import type { ContactChanges } from './useContact'

/** Name and language of the contact; both can be changed in place. */
export function ContactHead({ contact, changes, address = '' }: { contact: Contact; changes: ContactChanges; address?: string }) {
  const t = useText(customerText)
  const common = useText(commonText)
  const format = useFormat()
  const name = useContactName()({ contact, address })
  const [editing, setEditing] = useState(false)
  const known = contact.locale === 'en' || contact.locale === 'ko' || contact.locale === ''
  return (
    <div>
      <div className={classes.head}>
        <Avatar name={contact.name} seed={contact.id} size={46} />
        <div className={classes.headText}>
          {editing ? (
            <NameForm contact={contact} changes={changes} done={() => setEditing(false)} />
          ) : (
            <div className={classes.nameRow}>
              <h2 className={classes.name}>{name}</h2>
              <ActionIcon size={26} aria-label={t.editName} onClick={() => setEditing(true)}>
                <IconPencil size={14} aria-hidden />
              </ActionIcon>
            </div>
          )}
          <div className={classes.sub}>{t.since(format.date(contact.created_at))}</div>
        </div>
      </div>
      <div className={classes.section}>
        <div className={classes.field}>
          <label htmlFor="contact-language" className={classes.sectionTitle} style={{ width: '36%' }}>
            {t.language}
          </label>
          <NativeSelect
            id="contact-language"
            size="xs"
            style={{ flex: 1 }}
            value={contact.locale}
            disabled={changes.patch.isPending}
            onChange={(event) => changes.patch.mutate({ locale: event.currentTarget.value })}
            data={[
              { value: '', label: common.language.unknown },
              { value: 'en', label: common.language.en },
              { value: 'ko', label: common.language.ko },
              ...(known ? [] : [{ value: contact.locale, label: contact.locale }]),
            ]}
          />
        </div>
      </div>
    </div>
  )
}

function NameForm({ contact, changes, done }: { contact: Contact; changes: ContactChanges; done: () => void }) {
  const t = useText(customerText)
  const common = useText(commonText)
  const [name, setName] = useState(contact.name)
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        changes.patch.mutate({ name: name.trim() }, { onSuccess: done })
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') done()
      }}
    >
      <TextInput size="xs" autoFocus aria-label={t.name} maxLength={200} value={name} onChange={(event) => setName(event.currentTarget.value)} />
      <Button size="xs" type="submit" loading={changes.patch.isPending}>
        {common.save}
      </Button>
    </form>
  )
}
