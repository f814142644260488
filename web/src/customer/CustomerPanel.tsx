import { Skeleton } from '@mantine/core'
import type { Conversation } from '../api/types'
import { readReferral } from '../conversation/referral'
import { ReferralCard } from '../conversation/ReferralCard'
import { useConversation } from '../conversation/useConversation'
import { useText } from '../i18n'
import { customerText } from '../i18n/customer'
import { Failed } from '../ui/Failed'
import { ContactHead } from './ContactHead'
import { ConversationFacts } from './ConversationFacts'
import { Earlier } from './Earlier'
import { Fields } from './Fields'
import { Identities } from './Identities'
import { MergeSuggestions } from './MergeSuggestions'
import classes from './Panel.module.css'
import { Section } from './Section'
import { Why } from './Why'
import { useContact, useContactChanges } from './useContact'

/** Beside a conversation: who the customer is and what is known of them. Also used by the supervisor pages. */
export default function CustomerPanel({ conversationId }: { conversationId: string }) {
  const { data: conversation } = useConversation(conversationId)
  if (!conversation) return <Loading />
  return <Loaded key={conversation.id} conversation={conversation} />
}

function Loaded({ conversation }: { conversation: Conversation }) {
  const t = useText(customerText)
  const contact = useContact(conversation.contact.id)
  const changes = useContactChanges(conversation.contact.id)
  const referral = readReferral(conversation.referral)
  return (
    <div className={classes.panel} data-testid="customer-panel">
      {contact.data ? (
        <>
          <ContactHead contact={contact.data.contact} changes={changes} address={conversation.address} />
          <Why conversation={conversation} />
          <MergeSuggestions detail={contact.data} changes={changes} />
          <Identities detail={contact.data} changes={changes} />
          <Section title={t.attributes}>
            <Fields values={contact.data.contact.attributes} save={(attributes, done) => changes.patch.mutate({ attributes }, { onSuccess: done })} />
          </Section>
        </>
      ) : contact.isError ? (
        <Failed title={t.failed} error={contact.error} retry={() => void contact.refetch()} />
      ) : (
        <Loading />
      )}
      {referral && (
        <Section title={t.referral}>
          <ReferralCard referral={referral} />
        </Section>
      )}
      <ConversationFacts conversation={conversation} />
      <Earlier contactId={conversation.contact.id} except={conversation.id} />
    </div>
  )
}

function Loading() {
  return (
    <div className={classes.loading} aria-hidden="true">
      <Skeleton height={52} circle />
      <Skeleton height={14} width="60%" />
      <Skeleton height={10} width="80%" />
      <Skeleton height={10} width="70%" />
    </div>
  )
}
