import { Button } from '@mantine/core'
import { IconArrowsRightLeft, IconCheck } from '@tabler/icons-react'
import { useEffect } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { useQueues, useSkills } from '../api/queries'
import { useFormat, useLocalText, useText } from '../i18n'
import { offersText } from '../i18n/offers'
import { bodyOf, type MessageBody } from '../conversation/bodies'
import { serverNow } from '../lib/clock'
import { ChannelIcon, useChannelName } from '../ui/ChannelIcon'
import { Keys } from '../ui/Keys'
import { useContactName } from '../ui/useContactName'
import { Countdown } from './Countdown'
import { removeOffer, timeLeft, type HeldOffer } from './offerCache'
import classes from './Offers.module.css'
import { RejectMenu } from './RejectMenu'
import type { Answer } from './useOffers'

type Props = { offer: HeldOffer; answer: Answer; first: boolean; compact: boolean }

/** One offer: who waits, for what, since when, why me, and how long I have to answer. */
export default function OfferCard({ offer, answer, first, compact }: Props) {
  const t = useText(offersText)
  const client = useQueryClient()
  const name = useContactName()(offer.conversation)
  const busy = (answer.accept.isPending && answer.accept.variables === offer) || (answer.reject.isPending && answer.reject.variables.offer === offer)

  // The server ends it and says so; should that push be lost, the card goes a little later by itself.
  useEffect(() => {
    const timer = setTimeout(() => removeOffer(client, offer.id), timeLeft(offer) + 3000)
    return () => clearTimeout(timer)
  }, [client, offer])

  return (
    <article className={classes.card} aria-label={`${t.title}: ${name}`}>
      <div className={classes.head}>
        <Countdown offer={offer} />
        <div className={classes.who}>
          <p className={classes.kicker}>{t.title}</p>
          <h2 className={classes.name}>{name}</h2>
          <Facts offer={offer} />
        </div>
      </div>
      <Details offer={offer} compact={compact} />
      <div className={classes.actions}>
        <RejectMenu disabled={busy} reject={(reason) => answer.reject.mutate(reason ? { offer, reason } : { offer })} />
        <Button className={classes.accept ?? ''} leftSection={<IconCheck size={17} aria-hidden />} loading={busy} onClick={() => answer.accept.mutate(offer)}>
          {t.accept}
        </Button>
      </div>
      {first && (
        <p className={classes.keys} aria-hidden="true">
          <span>
            <Keys keys="alt+r" /> {t.reject}
          </span>
          <span>
            <Keys keys="alt+a" /> {t.accept}
          </span>
        </p>
      )}
    </article>
  )
}

function Facts({ offer }: { offer: HeldOffer }) {
  const t = useText(offersText)
  const format = useFormat()
  const local = useLocalText()
  const channelName = useChannelName()
  const { data: queues } = useQueues()
  const queue = queues?.find((one) => one.id === offer.queue)
  const { kind } = offer.conversation.channel
  return (
    <p className={classes.facts}>
      <span className={classes.fact}>
        <ChannelIcon kind={kind} size={14} />
        {channelName(kind)}
      </span>
      <span className={classes.fact}>{queue ? local(queue.name) : offer.queue}</span>
      {offer.waiting_since && <span className={classes.fact}>{t.waitingSince(format.duration(serverNow() - Date.parse(offer.waiting_since)))}</span>}
    </p>
  )
}

/** Behind the first, a card shows only what the customer said last. */
function Details({ offer, compact }: { offer: HeldOffer; compact: boolean }) {
  const t = useText(offersText)
  const local = useLocalText()
  const { data: allSkills } = useSkills()
  const skills = Object.entries(offer.skills).map(([id, level]) => {
    const skill = allSkills?.find((one) => one.id === id)
    return t.skill(skill ? local(skill.label) : id, level)
  })
  const why = offer.why.map(({ code, text }) => (Object.hasOwn(t.whyCode, code) ? t.whyCode[code as keyof typeof t.whyCode] : text))
  const messages = offer.messages.filter((event) => event.kind.endsWith('.message') && (!compact || event.kind === 'customer.message')).slice(compact ? -1 : -3)
  return (
    <>
      {offer.transferred_by && (
        <p className={classes.transfer}>
          <IconArrowsRightLeft size={14} aria-hidden /> {t.from(offer.transferred_by)}
          {offer.note && <q>{offer.note}</q>}
        </p>
      )}
      <ul className={classes.messages}>
        {messages.length === 0 && <li>{t.noMessages}</li>}
        {messages.map((event) => (
          <li key={event.id} data-from={event.actor.kind}>
            {bodyOf<MessageBody>(event).text ?? bodyOf<MessageBody>(event).attachments?.[0]?.name ?? ''}
          </li>
        ))}
      </ul>
      <dl className={classes.list}>
        {!compact && skills.length > 0 && (
          <div>
            <dt>{t.skills}</dt>
            <dd>{skills.join(', ')}</dd>
          </div>
        )}
        {!compact && why.length > 0 && (
          <div>
            <dt>{t.why}</dt>
            <dd>{why.join(' · ')}</dd>
          </div>
        )}
      </dl>
    </>
  )
}
