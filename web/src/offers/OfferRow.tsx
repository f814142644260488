import { ActionIcon } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { useText } from '../i18n'
import { offersText } from '../i18n/offers'
import { SlaMark } from '../sla/SlaMark'
import { ChannelIcon, useChannelName } from '../ui/ChannelIcon'
import { useContactName } from '../ui/useContactName'
import { Countdown } from './Countdown'
import type { HeldOffer } from './offerCache'
import classes from './Offers.module.css'
import { useOfferQueue, useOfferTimeout } from './useOffer'
import { isAnswering, type Answer } from './useOffers'

/** A further offer in one line: accept it at once, or open it in full. */
export function OfferRow({ offer, answer, open }: { offer: HeldOffer; answer: Answer; open: () => void }) {
  const t = useText(offersText)
  const name = useContactName()(offer.conversation)
  const channelName = useChannelName()
  const queue = useOfferQueue(offer)
  useOfferTimeout(offer)
  const { kind } = offer.conversation.channel
  return (
    <article className={classes.compact} aria-label={`${t.title}: ${name}`} data-testid="offer-row" data-id={offer.id}>
      <button type="button" className={classes.open} onClick={open} data-testid="offer-open">
        <Countdown offer={offer} size={34} />
        <span className={classes.who}>
          <span className={classes.rowName}>{name}</span>
          <span className={classes.rowFacts}>
            <ChannelIcon kind={kind} size={13} />
            <span className="sx-hidden">{channelName(kind)}</span>
            {queue}
          </span>
        </span>
        {offer.conversation.sla?.due_at && <SlaMark sla={offer.conversation.sla} />}
        <span className="sx-hidden">{t.showAll}</span>
      </button>
      <ActionIcon
        variant="filled"
        color="sea"
        size={34}
        aria-label={t.acceptOf(name)}
        title={t.accept}
        loading={isAnswering(answer, offer)}
        data-testid="offer-row-accept"
        onClick={() => answer.accept.mutate(offer)}
      >
        <IconCheck size={18} aria-hidden />
      </ActionIcon>
    </article>
  )
}
