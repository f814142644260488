import type { Channel } from '../../api/types'
import { useFormat, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { Notice } from '../../ui/Notice'
import { useNow } from '../../ui/useNow'
import { useRefusalText } from '../../ui/useRefusalText'
import { Section, Wide } from '../kit/fields'
import text from '../kit/text.module.css'
import classes from './Channels.module.css'
import { InEnglish } from './InEnglish'
import { dotOf, standingOf } from './health'

/** How an account does: when something last came and went, what went wrong, how much waits. */
export function HealthSection({ channel }: { channel: Channel }) {
  const t = useText(adminText).channels
  const format = useFormat()
  const refusal = useRefusalText()
  const now = useNow(10_000)
  const { health } = channel
  const standing = standingOf(channel)
  const ago = (at: string | undefined) => (at ? <time title={format.dateTime(at)}>{format.ago(at, now)}</time> : t.never)
  return (
    <Section title={t.health}>
      <Wide>
        <p className={classes.standing} data-testid="channel-standing" data-standing={standing}>
          <span className={text.dot} data-on={dotOf[standing]} />
          {t.standing[standing]}
        </p>
        {health.outage_since && <Notice bad>{t.outage(format.dateTime(health.outage_since), format.number(health.waiting))}</Notice>}
        {health.last_error && health.last_error_at && !health.outage_since && (
          <Notice bad={standing === 'failing'} role="status" title={t.lastError(format.ago(health.last_error_at, now))}>
            {refusal(health.last_error_code, health.last_error)}
            <InEnglish words={health.last_error} />
          </Notice>
        )}
        {health.quarantined > 0 && <Notice>{t.quarantined(format.number(health.quarantined))}</Notice>}
        <dl className={classes.facts}>
          <div>
            <dt>{t.lastInbound}</dt>
            <dd>{ago(health.last_inbound_at)}</dd>
          </div>
          <div>
            <dt>{t.lastSent}</dt>
            <dd>{ago(health.last_sent_at)}</dd>
          </div>
          {health.connected_at && (
            <div>
              <dt>{t.connected}</dt>
              <dd>{ago(health.connected_at)}</dd>
            </div>
          )}
          <div>
            <dt>{t.lately}</dt>
            <dd>{t.rate(format.number(health.received), format.number(health.sent), format.number(health.failed))}</dd>
          </div>
          <div>
            <dt>{t.waiting}</dt>
            <dd>{format.number(health.waiting)}</dd>
          </div>
        </dl>
      </Wide>
    </Section>
  )
}
