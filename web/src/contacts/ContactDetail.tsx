import { ActionIcon, Button, Skeleton } from '@mantine/core'
import { IconArrowLeft, IconUserOff } from '@tabler/icons-react'
import { Link } from 'react-router'
import { asApiError } from '../api/errors'
import { ContactHead } from '../customer/ContactHead'
import { ConversationCard } from '../customer/ConversationCard'
import { Fields } from '../customer/Fields'
import { Identities } from '../customer/Identities'
import { MergeSuggestions } from '../customer/MergeSuggestions'
import panel from '../customer/Panel.module.css'
import { Section } from '../customer/Section'
import { useContact, useContactChanges } from '../customer/useContact'
import type { Conversation } from '../api/types'
import { useFormat, useText } from '../i18n'
import { commonText } from '../i18n/common'
import { contactsText } from '../i18n/contacts'
import { customerText } from '../i18n/customer'
import { useConversationList } from '../inbox/useConversationList'
import { EmptyState } from '../ui/EmptyState'
import { Failed } from '../ui/Failed'
import { useLayout } from '../ui/useLayout'
import { StartButton } from '../work/StartButton'
import classes from './Contacts.module.css'

export function ContactDetail({ id }: { id: string }) {
  const t = useText(contactsText)
  const customer = useText(customerText)
  const common = useText(commonText)
  const layout = useLayout()
  const contact = useContact(id)
  const changes = useContactChanges(id)
  if (contact.isError && !contact.data) {
    const missing = asApiError(contact.error).status === 404
    return (
      <div className={classes.failed}>
        {layout === 'phone' && <h1 className="sx-hidden">{t.title}</h1>}
        {missing ? <EmptyState icon={IconUserOff} title={t.gone} /> : <Failed title={customer.failed} error={contact.error} retry={() => void contact.refetch()} />}
        <Button component={Link} to="/contacts" variant="default">
          {t.toList}
        </Button>
      </div>
    )
  }
  return (
    <div className={classes.detail}>
      <div className={classes.about}>
        {layout === 'phone' && <h1 className="sx-hidden">{t.title}</h1>}
        {layout === 'phone' && (
          <ActionIcon component={Link} to="/contacts" size="lg" m={6} aria-label={common.back}>
            <IconArrowLeft size={20} aria-hidden />
          </ActionIcon>
        )}
        {contact.data ? (
          <>
            <ContactHead contact={contact.data.contact} changes={changes} />
            <div className={classes.start}>
              <StartButton detail={contact.data} />
            </div>
            <MergeSuggestions detail={contact.data} changes={changes} />
            <Identities detail={contact.data} changes={changes} />
            <Section title={customer.attributes}>
              <Fields values={contact.data.contact.attributes} save={(attributes, done) => changes.patch.mutate({ attributes }, { onSuccess: done })} />
            </Section>
          </>
        ) : (
          <Skeleton height={160} m="md" />
        )}
      </div>
      <Timeline contactId={id} />
    </div>
  )
}

/** The contact's conversations on all channels, newest first, by month. */
function Timeline({ contactId }: { contactId: string }) {
  const t = useText(contactsText)
  const common = useText(commonText)
  const format = useFormat()
  const list = useConversationList('all', { contact: contactId })
  const days = groupByDay(list.items, (item) => format.day(item.last_message_at ?? item.opened_at))
  return (
    <section className={classes.timeline} aria-label={t.timeline}>
      <h2 className={classes.timelineTitle}>{t.timeline}</h2>
      {list.isPending && <Skeleton height={60} radius="md" />}
      {list.isSuccess && list.items.length === 0 && <p className={panel.dim}>{t.noConversations}</p>}
      {days.map(({ day, items }) => (
        <div key={day} className={classes.day}>
          <h3 className={classes.dayTitle}>{day}</h3>
          <ul className={panel.list}>
            {items.map((item) => (
              <li key={item.id}>
                <Link className={panel.earlier} to={`/inbox/all/${item.id}`}>
                  <ConversationCard conversation={item} />
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
      {list.hasNextPage && (
        <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {common.more}
        </Button>
      )}
    </section>
  )
}

function groupByDay(items: Conversation[], dayOf: (item: Conversation) => string): { day: string; items: Conversation[] }[] {
  const groups: { day: string; items: Conversation[] }[] = []
  for (const item of items) {
    const day = dayOf(item)
    const last = groups.at(-1)
    if (last?.day === day) last.items.push(item)
    else groups.push({ day, items: [item] })
  }
  return groups
}
