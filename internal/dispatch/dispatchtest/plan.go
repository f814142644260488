package dispatchtest

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
	"seax/internal/plan"
)

// Plan saves a plan, or changes it, and brings what waits in line.
func (f *Floor) Plan(p plan.Plan) {
	f.t.Helper()
	_, err := plan.Compile(p)
	require.NoError(f.t, err)
	definition, err := json.Marshal(p)
	require.NoError(f.t, err)
	f.Exec(`insert into plans (id, name, definition) values ($1, '{"en": "Plan"}', $2) on conflict (id) do update set definition = excluded.definition, version = plans.version + 1`, p.ID, definition)
	_, err = f.Desk.Refresh(f.t.Context())
	require.NoError(f.t, err)
}

// Step is where a conversation's waiting request is: its queue, rule and step, and until when; zero: for ever.
type Step struct {
	Queue, Rule, State string
	Step, Priority     int
	Rank               int64
	Until              time.Time
}

// Step reads the newest request of a conversation.
func (f *Floor) Step(id uuid.UUID) Step {
	f.t.Helper()
	var s Step
	var until *time.Time
	require.NoError(f.t, f.Pool.QueryRow(f.t.Context(), `select queue_id, rule, state, step, priority, rank, step_until from requests where conversation_id = $1 order by enqueued_at desc limit 1`, id).
		Scan(&s.Queue, &s.Rule, &s.State, &s.Step, &s.Priority, &s.Rank, &until))
	if until != nil {
		s.Until = *until
	}
	return s
}

// Pass lets the time of a conversation's step be up and takes the next one.
func (f *Floor) Pass(id uuid.UUID) {
	f.t.Helper()
	f.Exec(`update requests set step_until = now() - interval '1 second' where conversation_id = $1 and step_until is not null`, id)
	require.NoError(f.t, f.Desk.StepDue(f.t.Context(), id))
}

// Offered lists the agents who are being asked, by name.
func (f *Floor) Offered(id uuid.UUID) []string {
	f.t.Helper()
	var names []string
	require.NoError(f.t, f.Pool.QueryRow(f.t.Context(), `select coalesce(array_agg(p.name order by p.name), '{}') from reservations r join people p on p.id = r.agent_id
		where r.conversation_id = $1 and r.state = 'pending'`, id).Scan(&names))
	return names
}

// Last decodes the newest event of a kind.
func (f *Floor) Last(id uuid.UUID, kind conversation.Kind, body any) {
	f.t.Helper()
	var raw json.RawMessage
	require.NoError(f.t, f.Pool.QueryRow(f.t.Context(), `select body from conversation_events where conversation_id = $1 and kind = $2 order by seq desc limit 1`, id, kind).Scan(&raw))
	require.NoError(f.t, json.Unmarshal(raw, body))
}
