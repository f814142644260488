import { Button, Skeleton } from '@mantine/core'
import { Link } from 'react-router'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { customerText } from '../i18n/customer'
import { useConversationList } from '../inbox/useConversationList'
import { ConversationCard } from './ConversationCard'
import classes from './Panel.module.css'
import { Section } from './Section'

/** The contact's other conversations, on all channels. */
export function Earlier({ contactId, except }: { contactId: string; except: string }) {
  const t = useText(customerText)
  const common = useText(commonText)
  const list = useConversationList('all', { contact: contactId })
  const items = list.items.filter((item) => item.id !== except)
  return (
    <Section title={t.earlier}>
      {list.isPending ? (
        <Skeleton height={48} radius="md" />
      ) : items.length === 0 ? (
        <p className={classes.dim}>{t.noEarlier}</p>
      ) : (
        <ul className={classes.list}>
          {items.map((item) => (
            <li key={item.id}>
              <Link className={classes.earlier} data-testid="earlier" to={`/inbox/all/${item.id}`}>
                <ConversationCard conversation={item} />
              </Link>
            </li>
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <Button mt="xs" size="compact-sm" variant="subtle" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {common.more}
        </Button>
      )}
    </Section>
  )
}
