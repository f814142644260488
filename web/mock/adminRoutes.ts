import type { NewThings } from './wire.ts'
import { ok, problem, type Answer } from './routes.ts'
import { queues } from './settings.ts'
import { iso, now, type Store } from './store.ts'

/** What the supervisor and admin pages ask for. */
export function adminRoutes(store: Store, method: string, area: string, id: string, _body: NewThings): Answer {
  if (method === 'GET' && area === 'live') return ok(live(store))
  return problem(404, 'not_found', `The mock has no ${method} /${area}/${id}.`)
}

function live(store: Store) {
  const all = [...store.conversations.values()]
  return {
    queues: queues.map(({ id, name }) => {
      const mine = all.filter((c) => c.queue === id)
      const count = (phase: string) => mine.filter((c) => c.phase === phase).length
      return { id, name, open: true, waiting: count('queued'), offered: count('offered'), active: count('assigned'), wrapping: count('wrapping'), parked: count('parked'), agents_available: 2, agents_connected: 3, agents_free: 1 }
    }),
    agents: store.people.map((person) => ({ id: person.id, name: person.name, state: person.state, queues: Object.keys(person.queues), skills: person.skills, pending: 0, active: person.state.load / 20, wrapping: 0 })),
    bot: all.filter((c) => c.phase === 'flow').length,
    attention: all.filter((c) => c.attention).length,
    at: iso(now()),
  }
}
