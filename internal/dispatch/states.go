package dispatch

import (
	"slices"

	"github.com/google/uuid"
)

// noteState says that an agent's presence, lease or number of conversations has changed.
func (w *work) noteState(agent uuid.UUID) {
	if !slices.Contains(w.noted, agent) {
		w.noted = append(w.noted, agent)
	}
}

// writeStates records, with the commit, how the noted agents stand. What agents did with their time is made from it.
func (w *work) writeStates() {
	for _, agent := range w.noted {
		w.Later(`insert into agent_states (agent_id, at, presence, offers_work, connected, handling)
			select a.id, $2, a.presence, p.offers_work, not a.lost,
				(select count(*) from reservations where agent_id = a.id and state in ('accepted', 'wrapping'))
			from agents a join presences p on p.id = a.presence where a.id = $1`, agent, w.Now)
	}
}
