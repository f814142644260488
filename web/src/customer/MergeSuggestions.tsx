import { Button } from '@mantine/core'
import { useState } from 'react'
import type { Contact, ContactDetail } from '../api/types'
import { useFormat, useText } from '../i18n'
import { commonText } from '../i18n/common'
import { customerText } from '../i18n/customer'
import { Avatar } from '../ui/Avatar'
import { ConfirmDialog } from '../ui/ConfirmDialog'
import { useContactName } from '../ui/useContactName'
import classes from './Panel.module.css'
import { Section } from './Section'
import type { ContactChanges } from './useContact'

/** Contacts that may be the same person, and merges that can be taken back. */
export function MergeSuggestions({ detail, changes }: { detail: ContactDetail; changes: ContactChanges }) {
  const t = useText(customerText)
  const common = useText(commonText)
  const format = useFormat()
  const [asked, setAsked] = useState<Contact | null>(null)
  const name = useContactName()
  if (detail.suggestions.length === 0 && detail.merges.length === 0) return null
  return (
    <Section title={detail.suggestions.length > 0 ? t.suggestions : t.mergedBefore}>
      <ul className={classes.list}>
        {detail.suggestions.map(({ contact, reason }) => (
          <li key={contact.id} className={classes.suggestion}>
            <Avatar name={contact.name} seed={contact.id} size={28} />
            <div className={classes.suggestionText}>
              {name(contact)}
              <span>{t.reason[reason]}</span>
            </div>
            <Button size="compact-xs" variant="default" data-testid="merge" onClick={() => setAsked(contact)}>
              {t.merge}
            </Button>
          </li>
        ))}
        {detail.merges.map((merge) => (
          <li key={merge.id} className={classes.suggestion}>
            <div className={classes.suggestionText}>
              <span>{t.mergedFrom(merge.from_name || common.someVisitor, format.short(merge.at))}</span>
            </div>
            <Button size="compact-xs" variant="default" data-testid="undo-merge" aria-label={t.undoMerge} loading={changes.undoMerge.isPending && changes.undoMerge.variables === merge.id} onClick={() => changes.undoMerge.mutate(merge.id)}>
              {common.undo}
            </Button>
          </li>
        ))}
      </ul>
      {asked && (
        <ConfirmDialog
          title={t.merge}
          text={t.mergeAsk(name(asked))}
          confirm={t.merge}
          loading={changes.merge.isPending}
          onClose={() => setAsked(null)}
          onConfirm={() => changes.merge.mutate(asked.id, { onSettled: () => setAsked(null) })}
        />
      )}
    </Section>
  )
}
