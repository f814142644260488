import type { Explanation } from '../api/types'
import { useFormat, useText } from '../i18n'
import { explainText } from '../i18n/explain'
import { Avatar } from '../ui/Avatar'
import classes from './Explain.module.css'
import type { PlanNames } from './names'
import { Reasons } from './Reasons'
import { ruleName, wordsFor } from './Way'

type Offer = Explanation['offers'][number]

/** To whom it was offered and why, with who else was looked at then: the present offers or the owner's first. */
export function Offers({ explanation, names }: { explanation: Explanation; names: PlanNames }) {
  const t = useText(explainText).offers
  const format = useFormat()
  const { phase, owner, offers } = explanation
  const newest = offers.toReversed()
  const owned = owner && phase !== 'queued' && phase !== 'offered' && phase !== 'flow'
  const present = phase === 'offered' ? newest.filter((offer) => offer.state === 'pending') : owned && owner.how !== 'taken_over' ? newest.filter((offer) => offer.state === 'accepted').slice(0, 1) : []
  const earlier = newest.filter((offer) => !present.includes(offer))
  if (newest.length === 0 && !owned) return null
  return (
    <section data-testid="explain-offers">
      {owned && owner.how === 'taken_over' && <p className={classes.line}>{t.takenOver(owner.agent.name, format.stamp(owner.at))}</p>}
      {present.map((offer) => (
        <OfferView key={`${offer.at} ${offer.agent.id}`} offer={offer} title={owned ? t.whyOwner(offer.agent.name) : t.title} auto={owner?.how === 'auto_accepted'} names={names} />
      ))}
      {earlier.length > 0 && (
        <details className={classes.elsewhere}>
          <summary>{t.earlier(format.number(earlier.length))}</summary>
          {earlier.map((offer) => (
            <OfferView key={`${offer.at} ${offer.agent.id}`} offer={offer} names={names} />
          ))}
        </details>
      )}
    </section>
  )
}

type ViewProps = { offer: Offer; title?: string; auto?: boolean; names: PlanNames }

function OfferView({ offer, title, auto = false, names }: ViewProps) {
  const t = useText(explainText)
  const format = useFormat()
  const place = [names.queue(offer.queue), offer.rule && `${ruleName(offer.rule, t.plan)}, ${t.plan.step(format.number(offer.step + 1))}`].filter(Boolean).join(' · ')
  const state = auto ? t.offers.autoAccepted : wordsFor(t.offers.state, offer.state)
  const ended = offer.ended_at && offer.state !== 'accepted' ? ` (${format.stamp(offer.ended_at)})` : ''
  return (
    <div className={classes.offer}>
      {title && <h3 className={classes.group}>{title}</h3>}
      <div className={classes.agent}>
        <Avatar name={offer.agent.name} seed={offer.agent.id} size={26} />
        <span className={classes.name}>{offer.agent.name}</span>
        <div>
          <Reasons reasons={offer.reasons} good names={names} />
          <p className={classes.quiet}>
            {t.offers.at(format.stamp(offer.at))} · {place} · {state}
            {ended}
            {offer.taken_by && ` · ${t.offers.takenBy(offer.taken_by)}`}
          </p>
        </div>
      </div>
      {offer.others.length === 0 ? (
        <p className={classes.quiet}>{t.offers.alone}</p>
      ) : (
        <>
          <h4 className={classes.others}>{t.offers.others}</h4>
          <ol className={classes.agents}>
            {offer.others.map((other, i) => (
              <li key={other.agent.id} className={classes.agent}>
                <Avatar name={other.agent.name} seed={other.agent.id} size={26} />
                <span className={classes.name}>
                  {other.agent.name}
                  <span className={classes.quiet}>{other.could ? t.offers.later(format.number(i + 2)) : t.offers.couldNot}</span>
                </span>
                <Reasons reasons={other.reasons} good={other.could} names={names} />
              </li>
            ))}
          </ol>
        </>
      )}
    </div>
  )
}
