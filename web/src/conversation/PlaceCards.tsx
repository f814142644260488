import { IconExternalLink, IconMapPin, IconUser } from '@tabler/icons-react'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { conversationText } from '../i18n/conversation'
import type { CardBody, LocationBody } from './bodies'
import classes from './Parts.module.css'

/** A place somebody sent. No map is fetched: where the customer is stays between them and us until the link is followed. */
export function PlaceCard({ place: { latitude, longitude, name, address } }: { place: LocationBody }) {
  const t = useText(conversationText)
  const common = useText(commonText)
  const at = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`
  const query = new URLSearchParams({ mlat: String(latitude), mlon: String(longitude), zoom: '16' })
  return (
    <div className={classes.card} data-testid="place">
      <IconMapPin size={16} aria-hidden />
      <div className={classes.cardText}>
        <span className={classes.kicker}>{t.place}</span>
        {name && <strong>{name}</strong>}
        {address && <span className={classes.cardBody}>{address}</span>}
        <a href={`https://www.openstreetmap.org/?${query.toString()}`} target="_blank" rel="noopener noreferrer nofollow">
          {at}
          <IconExternalLink size={13} aria-hidden />
          <span className="sx-hidden">({common.newWindow})</span>
        </a>
      </div>
    </div>
  )
}

/** Somebody whose addresses were sent. */
export function PersonCard({ card: { name, phones = [], emails = [] } }: { card: CardBody }) {
  const t = useText(conversationText)
  return (
    <div className={classes.card} data-testid="person-card">
      <IconUser size={16} aria-hidden />
      <div className={classes.cardText}>
        <span className={classes.kicker}>{t.card}</span>
        <strong>{name}</strong>
        {[...phones, ...emails].map((address) => (
          <span key={address} className={classes.cardBody}>
            {address}
          </span>
        ))}
      </div>
    </div>
  )
}
