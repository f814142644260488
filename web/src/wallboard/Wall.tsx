import { ActionIcon, Loader } from '@mantine/core'
import { IconDeviceTvOff, IconMaximize, IconPlugConnectedX } from '@tabler/icons-react'
import { useEffect, type ReactNode } from 'react'
import type { WallboardAgent, WallboardQueue, WallboardView } from '../api/types'
import { useFormat, useLanguage, useLocalText, useText } from '../i18n'
import { wallboardText } from '../i18n/wallboard'
import { Since } from '../ui/Since'
import { useLayout } from '../ui/useLayout'
import { useNow } from '../ui/useNow'
import type { WallState } from './useWallboard'
import classes from './Wall.module.css'

export function Wall({ wall }: { wall: WallState }) {
  const t = useText(wallboardText)
  const name = wall.view?.name
  useEffect(() => {
    if (name) document.title = `${name} · SeaX`
  }, [name])

  if (wall.state === 'gone') {
    return (
      <main className={classes.message}>
        <IconDeviceTvOff size={56} stroke={1.4} aria-hidden />
        <h1 className={classes.messageTitle}>{t.gone}</h1>
        <p>{t.goneHelp}</p>
      </main>
    )
  }
  if (!wall.view) {
    return (
      <main className={classes.message} role="status" aria-label={t.loading}>
        {wall.state === 'old' ? <Lost /> : <Loader />}
      </main>
    )
  }
  return <Board view={wall.view} old={wall.state === 'old'} heard={wall.heard} />
}

function Board({ view, old, heard }: { view: WallboardView; old: boolean; heard: number }) {
  const phone = useLayout() === 'phone'
  const columns = columnsFor(view.queues.length)
  return (
    <main className={classes.wall} data-old={old || undefined}>
      <Header name={view.name} />
      {old && <Lost heard={heard} />}
      <div className={classes.queues} style={{ gridTemplateColumns: phone ? undefined : `repeat(${columns}, minmax(0, 1fr))` }}>
        {view.queues.map((queue, i) => (
          <QueueCard key={queue.id} queue={queue} wide={!phone && i === view.queues.length - 1 && i % columns === 0} />
        ))}
      </div>
      {view.agents && view.agents.length > 0 && <Agents agents={view.agents} />}
    </main>
  )
}

/** So that cards are a little wider than high. */
function columnsFor(queues: number): number {
  return Math.max(1, Math.ceil(Math.sqrt(queues)))
}

function Header({ name }: { name: string }) {
  const t = useText(wallboardText)
  const format = useFormat()
  const now = useNow(5000)
  return (
    <header className={classes.header}>
      <h1 className={classes.name}>{name}</h1>
      <time className={classes.clock}>{format.time(now)}</time>
      {document.fullscreenEnabled && (
        <ActionIcon className={classes.full ?? ''} size="lg" aria-label={t.fullScreen} title={t.fullScreen} onClick={() => void document.documentElement.requestFullscreen()}>
          <IconMaximize size={20} aria-hidden />
        </ActionIcon>
      )}
    </header>
  )
}

function Lost({ heard }: { heard?: number }) {
  const t = useText(wallboardText)
  const format = useFormat()
  return (
    <div className={classes.lost} role="alert">
      <IconPlugConnectedX size="1.6em" aria-hidden />
      <strong>{t.lost}</strong>
      {heard !== undefined && <span>{t.lostSince(format.time(heard))}</span>}
    </div>
  )
}

/** Wide: alone in its row, which it fills. */
function QueueCard({ queue, wide }: { queue: WallboardQueue; wide: boolean }) {
  const t = useText(wallboardText)
  const local = useLocalText()
  const format = useFormat()
  const alarming = queue.waiting > 0 && queue.agents_free === 0
  return (
    <section className={classes.card} data-wide={wide || undefined} aria-label={local(queue.name)}>
      <div className={classes.inner}>
        <h2 className={classes.queue}>
          {local(queue.name)}
          {!queue.open && <span className={classes.closed}>{t.closed}</span>}
        </h2>
        <dl className={classes.large}>
          <Big label={t.waiting} note={queue.offered > 0 ? t.offered(format.number(queue.offered)) : undefined} tone={alarming ? 'bad' : undefined}>
            {format.number(queue.waiting)}
          </Big>
          <Big label={t.longest}>
            <Since since={queue.longest_waiting_since} warm />
          </Big>
        </dl>
        <dl className={classes.small}>
          <Fact label={t.active}>{format.number(queue.active)}</Fact>
          <Fact label={t.free} note={t.ofAvailable(format.number(queue.agents_available))}>
            {format.number(queue.agents_free)}
          </Fact>
          <Fact label={t.serviceLevel} tone={toneOf(queue.service_level)}>
            {queue.service_level === undefined ? '–' : format.share(Math.round(queue.service_level * 100) / 100)}
          </Fact>
          <Fact label={t.speed}>{queue.answer_s === undefined ? '–' : queue.answer_s < 600 ? format.span(queue.answer_s) : format.duration(queue.answer_s * 1000)}</Fact>
          <Fact label={t.answered} note={t.ofEntered(format.number(queue.entered))}>
            {format.number(queue.answered)}
          </Fact>
          <Fact label={t.abandoned} tone={queue.abandoned > 0 ? 'warn' : undefined}>
            {format.number(queue.abandoned)}
          </Fact>
        </dl>
      </div>
    </section>
  )
}

type Tone = 'good' | 'warn' | 'bad' | undefined

/** From when on a service level is good, and from when on it will do. */
function toneOf(level: number | undefined): Tone {
  if (level === undefined) return undefined
  return level >= 0.8 ? 'good' : level >= 0.6 ? 'warn' : 'bad'
}

type FactProps = { label: string; note?: string | undefined; tone?: Tone; children: ReactNode }

function Big({ label, note, tone, children }: FactProps) {
  return (
    <div className={classes.big}>
      <dt>{label}</dt>
      <dd data-tone={tone}>
        {children}
        {note && <span className={classes.note}>{note}</span>}
      </dd>
    </div>
  )
}

function Fact({ label, note, tone, children }: FactProps) {
  return (
    <div className={classes.fact}>
      <dt>{label}</dt>
      <dd data-tone={tone}>
        {children} {note && <span className={classes.note}>{note}</span>}
      </dd>
    </div>
  )
}

function Agents({ agents }: { agents: readonly WallboardAgent[] }) {
  const t = useText(wallboardText)
  const local = useLocalText()
  const format = useFormat()
  const { language } = useLanguage()
  const rank = (agent: WallboardAgent) => (agent.connected ? (agent.offers_work ? 0 : 1) : 2)
  const sorted = agents.toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name, language))
  return (
    <section className={classes.agents} aria-label={t.agents}>
      <ul>
        {sorted.map((agent, i) => (
          <li key={`${agent.name} ${i}`} data-away={rank(agent) === 2 || undefined}>
            <span className={classes.dot} data-state={['on', 'away', 'off'][rank(agent)]} aria-hidden />
            <span className={classes.agent}>{agent.name}</span>
            <span className={classes.presence}>{agent.connected ? local(agent.presence) : t.disconnected}</span>
            <span className={classes.since}>
              <Since since={agent.since} />
            </span>
            {agent.active > 0 && <span className={classes.hand}>{t.conversations(format.number(agent.active))}</span>}
          </li>
        ))}
      </ul>
    </section>
  )
}
