import { IconBuildingStore, IconExternalLink, IconLink, IconPhoto, IconShoppingBag, IconSpeakerphone, IconThumbUp, type Icon } from '@tabler/icons-react'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { conversationText } from '../i18n/conversation'
import { languageOf } from '../lib/script'
import classes from './Parts.module.css'
import type { Referral } from './referral'

const icons: Record<Referral['kind'], Icon> = { ad: IconSpeakerphone, post: IconThumbUp, story: IconPhoto, product: IconShoppingBag, place: IconBuildingStore, link: IconLink }

/** Where a customer came from. Nothing is fetched from there before somebody follows the link. */
export function ReferralCard({ referral: { kind, title, text, link, ref } }: { referral: Referral }) {
  const t = useText(conversationText).referral
  const common = useText(commonText)
  const Mark = icons[kind]
  return (
    <div className={classes.card} data-testid="referral" data-kind={kind}>
      <Mark size={16} aria-hidden />
      <div className={classes.cardText}>
        <span className={classes.kicker}>{t.kind[kind]}</span>
        {title && <strong lang={languageOf(title)}>{title}</strong>}
        {text && (
          <span className={classes.cardBody} lang={languageOf(text)}>
            {text}
          </span>
        )}
        {ref && <span className={classes.kicker}>{t.ref(ref)}</span>}
        {link && (
          <a href={link.href} target="_blank" rel="noopener noreferrer nofollow" title={link.href}>
            {link.host}
            <IconExternalLink size={13} aria-hidden />
            <span className="sx-hidden">({common.newWindow})</span>
          </a>
        )}
      </div>
    </div>
  )
}
