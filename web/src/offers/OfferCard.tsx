import { ActionIcon, Button } from '@mantine/core'
import { IconArrowsRightLeft, IconCheck, IconChevronUp } from '@tabler/icons-react'
import { useSkills } from '../api/queries'
import { useFormat, useLocalText, useText } from '../i18n'
import { offersText } from '../i18n/offers'
import { bodyOf, Choices, isMessage, sideOf, type MessageBody } from '../conversation/bodies'
import { serverNow } from '../lib/clock'
import { languageOf } from '../lib/script'
import { SlaMark } from '../sla/SlaMark'
import { ChannelIcon, useChannelName } from '../ui/ChannelIcon'
import { Keys } from '../ui/Keys'
import { useContactName } from '../ui/useContactName'
import { Countdown } from './Countdown'
import type { HeldOffer } from './offerCache'
import classes from './Offers.module.css'
import { RejectMenu } from './RejectMenu'
import { useOfferQueue, useOfferTimeout } from './useOffer'
import { isAnswering, type Answer } from './useOffers'

/** One offer in full: who waits, for what, since when, why me, and how long I have to answer. */
export default function OfferCard({ offer, answer, collapse }: { offer: HeldOffer; answer: Answer; collapse: (() => void) | undefined }) {
  const t = useText(offersText)
  const name = useContactName()(offer.conversation)
  const busy = isAnswering(answer, offer)
  useOfferTimeout(offer)
  return (
    <article className={classes.card} aria-label={`${t.title}: ${name}`} data-testid="offer-card" data-id={offer.id}>
      <div className={classes.head}>
        <Countdown offer={offer} size={50} />
        <div className={classes.who}>
          <p className={classes.kicker}>{t.title}</p>
          <h2 className={classes.name} title={name}>
            {name}
          </h2>
          <Facts offer={offer} />
        </div>
        {collapse && (
          <ActionIcon className={classes.collapse ?? ''} aria-label={t.showLess} onClick={collapse}>
            <IconChevronUp size={18} aria-hidden />
          </ActionIcon>
        )}
      </div>
      <div className={classes.details} tabIndex={0} role="group" aria-label={t.details}>
        <Details offer={offer} />
      </div>
      <div className={classes.actions}>
        <RejectMenu disabled={busy} reject={(reason) => answer.reject.mutate(reason ? { offer, reason } : { offer })} />
        <Button
          className={classes.accept ?? ''}
          leftSection={<IconCheck size={17} aria-hidden />}
          loading={busy}
          data-testid="offer-accept"
          onClick={() => answer.accept.mutate(offer)}
        >
          {t.accept}
        </Button>
      </div>
      <p className={classes.keys} aria-hidden="true">
        <span>
          <Keys keys="alt+r" /> {t.reject}
        </span>
        <span>
          <Keys keys="alt+a" /> {t.accept}
        </span>
      </p>
    </article>
  )
}

function Facts({ offer }: { offer: HeldOffer }) {
  const t = useText(offersText)
  const format = useFormat()
  const channelName = useChannelName()
  const queue = useOfferQueue(offer)
  const { kind } = offer.conversation.channel
  return (
    <p className={classes.facts}>
      <span className={classes.fact}>
        <ChannelIcon kind={kind} size={14} />
        {channelName(kind)}
      </span>
      <span className={classes.fact}>{queue}</span>
      {offer.waiting_since && <span className={classes.fact}>{t.waitingSince(format.duration(serverNow() - Date.parse(offer.waiting_since)))}</span>}
      {offer.conversation.sla && <SlaMark sla={offer.conversation.sla} name />}
    </p>
  )
}

function Details({ offer }: { offer: HeldOffer }) {
  const t = useText(offersText)
  const local = useLocalText()
  const { data: allSkills } = useSkills()
  const skills = Object.entries(offer.skills).map(([id, level]) => {
    const skill = allSkills?.find((one) => one.id === id)
    return t.skill(skill ? local(skill.label) : id, level)
  })
  const why = offer.why.map(({ code, text }) => (Object.hasOwn(t.whyCode, code) ? t.whyCode[code as keyof typeof t.whyCode] : text))
  const choices = new Choices()
  const messages = offer.messages
    .filter(isMessage)
    .map((event) => {
      const { text, attachments } = bodyOf<MessageBody>(event)
      return { id: event.id, side: sideOf(event), text: choices.read(event) ?? text ?? attachments?.[0]?.name ?? '' }
    })
    .slice(-3)
  const sides = { customer: t.fromCustomer, agent: t.fromAgent, staff: t.fromAgent, bot: t.fromBot, system: t.fromBot }
  return (
    <>
      {offer.transferred_by && (
        <p className={classes.transfer}>
          <IconArrowsRightLeft size={14} aria-hidden /> {offer.warm ? t.joins(offer.transferred_by) : t.from(offer.transferred_by)}
          {offer.note && <q>{offer.note}</q>}
        </p>
      )}
      <ul className={classes.messages}>
        {messages.length === 0 && <li>{t.noMessages}</li>}
        {messages.map(({ id, side, text }) => (
          <li key={id} data-from={side} lang={languageOf(text, offer.conversation.language)}>
            <span className="sx-hidden">{sides[side]}</span>
            {text}
          </li>
        ))}
      </ul>
      {skills.length + why.length > 0 && (
        <dl className={classes.list}>
          {skills.length > 0 && (
            <div>
              <dt>{t.skills}</dt>
              <dd>{skills.join(', ')}</dd>
            </div>
          )}
          {why.length > 0 && (
            <div>
              <dt>{t.why}</dt>
              <dd>{why.join(' · ')}</dd>
            </div>
          )}
        </dl>
      )}
    </>
  )
}
