import { Centrifuge, State, type Subscription } from 'centrifuge'
import type { AgentPush, ConnectionState, ConversationPush, QueuesPush, TodayPush } from './types'

type Listener<T> = (value: T) => void
type ChannelListener<T> = {
  push: Listener<T>
  /** Subscribed (again): whatever was pushed in between was missed and must be fetched. */
  subscribed?: (() => void) | undefined
  /** The server refuses the subscription, now or from now on. */
  refused?: (() => void) | undefined
}
type SharedSubscription = { subscription: Subscription; listeners: Set<ChannelListener<unknown>>; leave: ReturnType<typeof setTimeout> | undefined }

/** How long a channel nobody listens to is kept, so that going back and forth does not resubscribe each time. */
const lingerMs = 3000

function socketUrl(): string {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  return `${scheme}://${location.host}/realtime/agent`
}

/** The one socket of this tab. Pushes say what changed; who listens fetches what was missed after `onReconnect`. */
export class Realtime {
  private readonly client: Centrifuge
  private readonly agentListeners = new Set<Listener<AgentPush>>()
  private readonly reconnectListeners = new Set<() => void>()
  private readonly stateListeners = new Set<() => void>()
  private readonly channels = new Map<string, SharedSubscription>()
  private connectedBefore = false
  private lostTimer: ReturnType<typeof setTimeout> | undefined
  private current: ConnectionState = 'connecting'

  constructor(agentId: string, url = socketUrl()) {
    const agentChannel = `agent:${agentId}`
    this.client = new Centrifuge(url, { minReconnectDelay: 300, maxReconnectDelay: 5000, timeout: 8000 })
    this.client.on('publication', (context) => {
      if (context.channel === agentChannel) for (const listen of this.agentListeners) listen(context.data as AgentPush)
    })
    this.client.on('state', (context) => this.changed(context.newState))
    this.client.on('connected', () => {
      // The first time too: what was fetched at the start is older than the connection.
      for (const listen of this.reconnectListeners) listen()
      this.connectedBefore = true
    })
    // Transport errors are followed by reconnects; the state above is what people see of them.
    this.client.on('error', () => undefined)
  }

  connect(): void {
    this.client.connect()
  }

  close(): void {
    clearTimeout(this.lostTimer)
    for (const { leave } of this.channels.values()) clearTimeout(leave)
    this.channels.clear()
    this.client.disconnect()
  }

  /** The lease and all pushes depend on the socket; after sleep or a network change it should not wait for its backoff. */
  retryNow(): void {
    if (this.client.state === State.Connected) return
    this.client.disconnect()
    this.client.connect()
  }

  get state(): ConnectionState {
    return this.current
  }

  readonly subscribeState = (listener: () => void): (() => void) => {
    this.stateListeners.add(listener)
    return () => this.stateListeners.delete(listener)
  }

  readonly getState = (): ConnectionState => this.current

  onAgent(listener: Listener<AgentPush>): () => void {
    this.agentListeners.add(listener)
    return () => this.agentListeners.delete(listener)
  }

  /** Connected (again): fetch what may have been missed. */
  onReconnect(listener: () => void): () => void {
    this.reconnectListeners.add(listener)
    return () => this.reconnectListeners.delete(listener)
  }

  onConversation(id: string, listener: ChannelListener<ConversationPush>): () => void {
    return this.listen(`conversation:${id}`, listener as ChannelListener<unknown>)
  }

  onQueues(listener: ChannelListener<QueuesPush>): () => void {
    return this.listen('queues', listener as ChannelListener<unknown>)
  }

  onToday(listener: ChannelListener<TodayPush>): () => void {
    return this.listen('today', listener as ChannelListener<unknown>)
  }

  private listen(channel: string, listener: ChannelListener<unknown>): () => void {
    const shared = this.channels.get(channel) ?? this.open(channel)
    clearTimeout(shared.leave)
    shared.listeners.add(listener)
    return () => {
      shared.listeners.delete(listener)
      if (shared.listeners.size > 0) return
      shared.leave = setTimeout(() => this.leave(channel, shared), lingerMs)
    }
  }

  private open(channel: string): SharedSubscription {
    const subscription = this.client.newSubscription(channel)
    const shared: SharedSubscription = { subscription, listeners: new Set(), leave: undefined }
    this.channels.set(channel, shared)
    subscription.on('publication', (context) => {
      for (const listener of shared.listeners) listener.push(context.data)
    })
    subscription.on('subscribed', () => {
      for (const listener of shared.listeners) listener.subscribed?.()
    })
    subscription.on('unsubscribed', () => {
      if (this.channels.get(channel) !== shared) return
      this.channels.delete(channel)
      this.client.removeSubscription(subscription)
      for (const listener of shared.listeners) listener.refused?.()
    })
    subscription.on('error', () => undefined)
    subscription.subscribe()
    return shared
  }

  private leave(channel: string, shared: SharedSubscription): void {
    if (shared.listeners.size > 0 || this.channels.get(channel) !== shared) return
    this.channels.delete(channel)
    shared.subscription.unsubscribe()
    this.client.removeSubscription(shared.subscription)
  }

  private changed(state: State): void {
    clearTimeout(this.lostTimer)
    if (state === State.Connected) {
      this.set('connected')
      return
    }
    if (!this.connectedBefore) {
      this.lostTimer = setTimeout(() => this.set('lost'), 4000)
      return
    }
    // A blink of the network needs no banner.
    this.lostTimer = setTimeout(() => this.set('lost'), 1500)
  }

  private set(state: ConnectionState): void {
    if (this.current === state) return
    this.current = state
    for (const listen of this.stateListeners) listen()
  }
}
