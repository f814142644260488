package dispatch

import (
	"slices"

	"github.com/google/uuid"
)

// noteState says that an agent's presence, lease or number of conversations may have changed.
func (w *work) noteState(agent uuid.UUID) {
	if !slices.Contains(w.noted, agent) {
		w.noted = append(w.noted, agent)
	}
}

// writeStates records, with the commit, how the noted agents stand, where that is new. What agents did with their time is made
// from it.
func (w *work) writeStates() {
	if len(w.noted) == 0 {
		return
	}
	w.Later(`insert into agent_states (agent_id, at, presence, offers_work, connected, handling)
		select a.id, $2, a.presence, p.offers_work, not a.lost, held.n
		from agents a join presences p on p.id = a.presence
		cross join lateral (select count(*) as n from reservations where agent_id = a.id and state in ('accepted', 'wrapping')) held
		left join lateral (select s.presence, s.offers_work, s.connected, s.handling from agent_states s where s.agent_id = a.id order by s.n desc limit 1) last on true
		where a.id = any($1) and (last.presence, last.offers_work, last.connected, last.handling) is distinct from (a.presence, p.offers_work, not a.lost, held.n)`,
		w.noted, w.Now)
}
