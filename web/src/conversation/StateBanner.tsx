import { Button } from '@mantine/core'
import { IconAlertTriangle, IconArrowsRightLeft, IconClockPause, IconHourglassLow, IconPlayerPause, IconPlugConnectedX, IconUsers } from '@tabler/icons-react'
import { useQueues } from '../api/queries'
import type { Conversation } from '../api/types'
import { useFormat, useLocalText, useText } from '../i18n'
import { conversationText } from '../i18n/conversation'
import { workText } from '../i18n/work'
import { helps } from '../inbox/views'
import { useMe } from '../session'
import { useNow } from '../ui/useNow'
import type { Work } from '../work/useWork'
import classes from './Conversation.module.css'

/** What is special about the conversation just now: being handed over, parked, in need of attention. */
export function StateBanner({ conversation: c, work, mine }: { conversation: Conversation; work: Work; mine: boolean }) {
  const t = useText(workText)
  const { status, channel } = useText(conversationText)
  const format = useFormat()
  const local = useLocalText()
  const { data: queues } = useQueues()
  const queue = queues?.find((one) => one.id === c.transfer?.to_queue)
  const target = c.transfer?.to_agent?.name ?? (queue ? local(queue.name) : (c.transfer?.to_queue ?? ''))
  return (
    <>
      {c.transfer && (
        <div className={classes.banner} role="status">
          <IconArrowsRightLeft size={16} aria-hidden />
          <span>{c.transfer.warm ? t.inviting(target) : mine ? t.transferring(target) : t.transferringOther(target)}</span>
          {mine && (
            <Button size="compact-sm" variant="default" data-testid="keep" loading={work.cancelTransfer.isPending} onClick={() => work.cancelTransfer.mutate()}>
              {c.transfer.warm ? t.uninvite : t.keep}
            </Button>
          )}
        </div>
      )}
      <Together conversation={c} work={work} mine={mine} />
      {c.phase === 'parked' && (
        <div className={classes.banner} role="status">
          <IconClockPause size={16} aria-hidden />
          <span>{c.parked_until ? t.parkedUntil(format.stamp(c.parked_until)) : t.parked}</span>
        </div>
      )}
      {mine && c.reply_by && <FirstReply by={c.reply_by} />}
      {c.phase !== 'closed' && c.channel.outage_since && (
        <div className={classes.banner} role="status" data-testid="channel-outage">
          <IconPlugConnectedX size={16} aria-hidden />
          <span>{channel.outage(format.stamp(c.channel.outage_since))}</span>
        </div>
      )}
      {c.phase !== 'closed' && c.channel.paused && (
        <div className={classes.banner} role="status" data-testid="channel-paused">
          <IconPlayerPause size={16} aria-hidden />
          <span>{channel.paused}</span>
        </div>
      )}
      {c.attention && (
        <div className={classes.banner} role="status">
          <IconAlertTriangle size={16} aria-hidden />
          <span>{status.attention(c.attention)}</span>
        </div>
      )}
    </>
  )
}

/** Who talks along, and how that ends: the ownership moves, or somebody leaves. */
function Together({ conversation: c, work, mine }: { conversation: Conversation; work: Work; mine: boolean }) {
  const t = useText(workText).together
  const me = useMe()
  const helpers = c.helpers ?? []
  if (helpers.length === 0) return null
  const helping = helps(c, me.id)
  const names = helpers.filter((helper) => helper.id !== me.id).map((helper) => helper.name)
  return (
    <div className={classes.banner} role="status" data-testid="together">
      <IconUsers size={16} aria-hidden />
      <span>{helping ? t.helping(c.agent?.name ?? '', names) : t.helped(names)}</span>
      {mine &&
        helpers.map((helper) => (
          <Button key={helper.id} size="compact-sm" variant="default" data-testid="pass" loading={work.pass.isPending} onClick={() => work.pass.mutate(helper.id)}>
            {t.pass(helper.name)}
          </Button>
        ))}
      {(mine || helping) && (
        <Button size="compact-sm" variant="default" data-testid="leave" loading={work.leave.isPending} onClick={() => work.leave.mutate()}>
          {t.leave}
        </Button>
      )}
    </div>
  )
}

/** Who accepts and says nothing loses the conversation again; how long that takes. */
function FirstReply({ by }: { by: string }) {
  const t = useText(workText)
  const format = useFormat()
  const left = Date.parse(by) - useNow(1000)
  return (
    <div className={classes.banner} role="timer" data-testid="first-reply">
      <IconHourglassLow size={16} aria-hidden />
      <span>{t.firstReply(format.countdown(Math.max(0, left)))}</span>
    </div>
  )
}
