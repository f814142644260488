import { IconAddressBook } from '@tabler/icons-react'
import { useParams } from 'react-router'
import { useText } from '../i18n'
import { contactsText } from '../i18n/contacts'
import { EmptyState } from '../ui/EmptyState'
import { useLayout } from '../ui/useLayout'
import { ContactDetail } from './ContactDetail'
import { ContactList } from './ContactList'
import classes from './Contacts.module.css'

/** All customers, and everything that was written with one of them. */
export default function ContactsPage() {
  const { id } = useParams()
  const t = useText(contactsText)
  const phone = useLayout() === 'phone'
  return (
    <main className={classes.page}>
      {(!phone || !id) && <ContactList selected={id} />}
      {(!phone || id) && <div className={classes.main}>{id ? <ContactDetail key={id} id={id} /> : <EmptyState icon={IconAddressBook} title={t.select} text={t.selectHelp} />}</div>}
    </main>
  )
}
