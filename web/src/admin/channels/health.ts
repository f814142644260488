import type { Channel } from '../../api/types'

/** How an account does, the most urgent first. */
export type Standing = 'off' | 'outage' | 'failing' | 'paused' | 'quiet' | 'fine'

/** failing: its newest error came after everything that went well. quiet: nothing has come or gone yet. */
export function standingOf({ enabled, paused, health }: Pick<Channel, 'enabled' | 'paused' | 'health'>): Standing {
  if (!enabled) return 'off'
  if (health.outage_since) return 'outage'
  const well = [health.last_inbound_at, health.last_sent_at, health.connected_at].map((at) => (at ? Date.parse(at) : 0))
  if (health.last_error_at && Date.parse(health.last_error_at) > Math.max(...well)) return 'failing'
  if (paused) return 'paused'
  return Math.max(...well) > 0 ? 'fine' : 'quiet'
}

/** The dot's colour of a standing, see text.module.css. */
export const dotOf: Record<Standing, 'true' | 'warn' | 'bad' | 'false'> = { off: 'false', outage: 'bad', failing: 'bad', paused: 'warn', quiet: 'false', fine: 'true' }
