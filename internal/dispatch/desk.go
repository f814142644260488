// Package dispatch carries routing out: it holds the facts (who is free, who has what, what waits) in Postgres and changes
// them in transactions, asking the pure planner of internal/routing whom to offer what. The database is the arbiter: of two
// who want the same thing one gets it, the other is told who did. Deadlines are not kept here but by each conversation's
// workflow, which calls Timeout, ReturnToQueue and the like; what they find already decided stays as it was.
package dispatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"seax/internal/condition"
	"seax/internal/conversation"
	"seax/internal/plan"
	"seax/internal/routing"
)

// Timings of routing; the defaults are those of docs/routing.md.
type Timings struct {
	// Lease is how long an agent counts as present after their socket was last heard of (also the grace after it closed).
	Lease time.Duration
	// ReturnGrace is how long the conversations of a lost agent wait for them before they go back to their queue.
	ReturnGrace time.Duration
	// Exclusion is how long a request stays away from an agent who rejected or missed it.
	Exclusion time.Duration
	// Known is how long an agent who knows the customer is asked alone; Named how long one to whom it was handed over.
	Known, Named time.Duration
	// Misses in a row set an agent to Not responding.
	Misses int
}

// DefaultTimings are used for zero fields.
var DefaultTimings = Timings{
	Lease: 30 * time.Second, ReturnGrace: 2 * time.Minute, Exclusion: 5 * time.Minute,
	Known: 30 * time.Second, Named: 10 * time.Minute, Misses: 2,
}

// early is how much before its time a deadline may be carried out: the clock of who wakes us up is another's.
const early = 2 * time.Second

// The presences every installation has.
const (
	PresenceAvailable     = "available"
	PresenceOffline       = "offline"
	PresenceNotResponding = "not_responding"
)

// What a caller may decide on.
var (
	// ErrNotOwner: only the owner may do this.
	ErrNotOwner = errors.New("you are not the owner of this conversation")
	// ErrPhase: the conversation is not in a phase in which this can be done; the text says which.
	ErrPhase = errors.New("not possible now")
	// ErrCapacity: the agent's capacity is used up.
	ErrCapacity = errors.New("no capacity left")
	// ErrUnknown: a queue, agent or presence named in the call does not exist; the text says which.
	ErrUnknown = errors.New("unknown")
	// ErrNoReservation: there is no such reservation for this agent.
	ErrNoReservation = errors.New("no such offer")
)

// GoneError says that an offer can no longer be taken.
type GoneError struct {
	// State is what became of the reservation.
	State string
	// TakenBy names who has the conversation now; "" if nobody.
	TakenBy string
}

func (e *GoneError) Error() string {
	if e.TakenBy != "" {
		return "the offer is gone: " + e.TakenBy + " has the conversation"
	}
	return "the offer is gone: " + e.State
}

// Desk runs the transactions of routing. Safe for concurrent use, also from several processes.
type Desk struct {
	log      *conversation.Log
	timings  Timings
	compiled compiledPlans
}

// New returns a desk on the log.
func New(log *conversation.Log, timings Timings) *Desk {
	set := func(value *time.Duration, fallback time.Duration) {
		if *value == 0 {
			*value = fallback
		}
	}
	set(&timings.Lease, DefaultTimings.Lease)
	set(&timings.ReturnGrace, DefaultTimings.ReturnGrace)
	set(&timings.Exclusion, DefaultTimings.Exclusion)
	set(&timings.Known, DefaultTimings.Known)
	set(&timings.Named, DefaultTimings.Named)
	if timings.Misses == 0 {
		timings.Misses = DefaultTimings.Misses
	}
	return &Desk{log: log, timings: timings, compiled: compiledPlans{plans: map[string]compiledPlan{}, conditions: map[string]*condition.Condition{}}}
}

// Timings returns the timings in use.
func (d *Desk) Timings() Timings { return d.timings }

func (d *Desk) pool() *pgxpool.Pool { return d.log.Pool() }

// decisionLock is the advisory lock that every transaction which may match holds from its first statement. Decisions are
// made one after the other, so none can miss what another has just changed, and no two lock conversations in opposite order.
const decisionLock = 0x5ea

// work is one transaction of routing and what it has set free.
type work struct {
	*conversation.Tx
	desk *Desk
	// requests and agents are to be matched before the commit.
	requests, agents []uuid.UUID
	// queues are those that were read in this transaction.
	queues map[string]*queueRow
	// offers counts what was offered.
	offers int
	// read are agents as they stand, see queueAgent.
	read map[uuid.UUID][]routing.Agent
	// noted are the agents whose presence, lease or number of conversations has changed.
	noted []uuid.UUID
}

// do runs fn as the only decision at this moment, then matches what fn has put up.
func (d *Desk) do(ctx context.Context, op string, fn func(ctx context.Context, w *work) error) error {
	return d.log.Do(ctx, op, func(ctx context.Context, tx *conversation.Tx) error {
		w := &work{Tx: tx, desk: d}
		tx.First(`select pg_advisory_xact_lock($1)`, decisionLock)
		if err := fn(ctx, w); err != nil {
			return err
		}
		if err := w.match(ctx); err != nil {
			return err
		}
		w.writeStates()
		return nil
	})
}

// TouchAgent implements what the transaction's does, and forgets how the agent stood before.
func (w *work) TouchAgent(id uuid.UUID) {
	delete(w.read, id)
	w.Tx.TouchAgent(id)
}

// reservation is a row of reservations.
type reservation struct {
	ID             uuid.UUID `db:"id"`
	RequestID      uuid.UUID `db:"request_id"`
	ConversationID uuid.UUID `db:"conversation_id"`
	AgentID        uuid.UUID `db:"agent_id"`
	QueueID        string    `db:"queue_id"`
	Cost           int       `db:"cost"`
	State          string    `db:"state"`
	Deadline       time.Time `db:"deadline"`
	AgentName      string    `db:"agent_name"`
}

func (r reservation) agent() conversation.Person {
	return conversation.Person{ID: r.AgentID, Name: r.AgentName}
}

func (r reservation) ended(reason string) conversation.ReservationEnd {
	return conversation.ReservationEnd{ReservationID: r.ID, Agent: r.agent(), Reason: reason}
}

const reservationSelect = `select r.id, r.request_id, r.conversation_id, r.agent_id, r.queue_id, r.cost, r.state, r.deadline, p.name as agent_name
	from reservations r join people p on p.id = r.agent_id `

func (w *work) reservations(ctx context.Context, where string, args ...any) ([]reservation, error) {
	var all []reservation
	err := w.Query(ctx, func(rows pgx.Rows) (err error) {
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[reservation])
		return err
	}, reservationSelect+where+` order by r.created_at`, args...)
	if err != nil {
		return nil, fmt.Errorf("read reservations: %w", err)
	}
	return all, nil
}

func (w *work) reservation(ctx context.Context, id uuid.UUID) (reservation, error) {
	all, err := w.reservations(ctx, `where r.id = $1`, id)
	if err != nil {
		return reservation{}, err
	}
	if len(all) == 0 {
		return reservation{}, ErrNoReservation
	}
	return all[0], nil
}

// owning is the reservation by which somebody owns the conversation, if there is one.
func (w *work) owning(ctx context.Context, c *conversation.Conversation) (*reservation, error) {
	all, err := w.reservations(ctx, `where r.conversation_id = $1 and r.state in ('accepted', 'wrapping') and r.role = 'owner'`, c.ID)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

// request is a row of requests.
type request struct {
	ID             uuid.UUID         `db:"id"`
	ConversationID uuid.UUID         `db:"conversation_id"`
	QueueID        string            `db:"queue_id"`
	ChannelKind    string            `db:"channel_kind"`
	Cost           int               `db:"cost"`
	Skills         map[string]int    `db:"skills"`
	Preferred      map[string]int    `db:"preferred"`
	Priority       int               `db:"priority"`
	VirtualStart   time.Time         `db:"virtual_start"`
	Rank           int64             `db:"rank"`
	KnownAgent     *uuid.UUID        `db:"known_agent"`
	KnownUntil     *time.Time        `db:"known_until"`
	State          string            `db:"state"`
	TransferOf     *uuid.UUID        `db:"transfer_of"`
	Asked          asked             `db:"asked"`
	PlanID         *string           `db:"plan_id"`
	PlanVersion    int               `db:"plan_version"`
	Rule           string            `db:"rule"`
	Step           int               `db:"step"`
	StepSince      time.Time         `db:"step_since"`
	StepUntil      *time.Time        `db:"step_until"`
	QueueSince     time.Time         `db:"queue_since"`
	Anyone         bool              `db:"anyone"`
	AgentsWhen     string            `db:"agents_when"`
	AgentOrder     *string           `db:"agent_order"`
	OrderBy        []routing.SortKey `db:"order_by"`
	Width          *int              `db:"width"`
	OfferTimeout   *int              `db:"offer_timeout_s"`
	SLADue         *time.Time        `db:"sla_due"`
	// skipped are the steps that were passed over last; asksKnown: the plan says itself which known agent is asked.
	skipped   []plan.Skip
	asksKnown bool
}

const requestColumns = `id, conversation_id, queue_id, channel_kind, cost, skills, preferred, priority, virtual_start, rank, known_agent, known_until, state,
	transfer_of, asked, plan_id, plan_version, rule, step, step_since, step_until, queue_since, anyone, agents_when, agent_order, order_by, width, offer_timeout_s, sla_due`

func (r *request) values() []any {
	return []any{
		r.ID, r.ConversationID, r.QueueID, r.ChannelKind, r.Cost, orEmpty(r.Skills), orEmpty(r.Preferred), r.Priority, r.VirtualStart, r.Rank, r.KnownAgent, r.KnownUntil, r.State,
		r.TransferOf, r.Asked, r.PlanID, r.PlanVersion, r.Rule, r.Step, r.StepSince, r.StepUntil, r.QueueSince, r.Anyone, r.AgentsWhen, r.AgentOrder, r.OrderBy, r.Width, r.OfferTimeout, r.SLADue,
	}
}

func scanRequest(row pgx.CollectableRow) (request, error) {
	var r request
	err := row.Scan(&r.ID, &r.ConversationID, &r.QueueID, &r.ChannelKind, &r.Cost, &r.Skills, &r.Preferred, &r.Priority, &r.VirtualStart, &r.Rank, &r.KnownAgent, &r.KnownUntil, &r.State,
		&r.TransferOf, &r.Asked, &r.PlanID, &r.PlanVersion, &r.Rule, &r.Step, &r.StepSince, &r.StepUntil, &r.QueueSince, &r.Anyone, &r.AgentsWhen, &r.AgentOrder, &r.OrderBy, &r.Width, &r.OfferTimeout, &r.SLADue)
	return r, err
}

// requestsWhere reads requests.
func (w *work) requestsWhere(ctx context.Context, where string, args ...any) ([]request, error) {
	var all []request
	err := w.Query(ctx, func(rows pgx.Rows) (err error) {
		all, err = pgx.CollectRows(rows, scanRequest)
		return err
	}, `select `+requestColumns+` from requests `+where, args...)
	return all, err
}

func (w *work) request(ctx context.Context, id uuid.UUID) (request, error) {
	all, err := w.requestsWhere(ctx, `where id = $1`, id)
	if err == nil && len(all) == 0 {
		err = pgx.ErrNoRows
	}
	if err != nil {
		return request{}, fmt.Errorf("read request %s: %w", id, err)
	}
	return all[0], nil
}

// open is the conversation's request that is not over, newest first (a hand-over's before the one it follows).
func (w *work) open(ctx context.Context, c *conversation.Conversation) ([]request, error) {
	all, err := w.requestsWhere(ctx, `where conversation_id = $1 and state not in ('done', 'canceled') order by enqueued_at desc, id desc`, c.ID)
	if err != nil {
		return nil, fmt.Errorf("read requests of conversation %s: %w", c.ID, err)
	}
	return all, nil
}

func (w *work) insertRequest(ctx context.Context, r request) error {
	if r.StepSince.IsZero() {
		r.StepSince, r.QueueSince = w.Now, w.Now
	}
	_, err := w.Exec(ctx, `insert into requests (`+requestColumns+`, enqueued_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
		$16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30)`, append(r.values(), w.Now)...)
	if err != nil {
		return fmt.Errorf("enqueue conversation %s: %w", r.ConversationID, err)
	}
	return nil
}

// moved writes what another step or priority has made of a request.
func (w *work) moved(ctx context.Context, r request) error {
	_, err := w.Exec(ctx, `update requests set queue_id = $2, skills = $3, preferred = $4, priority = $5, rank = $6, known_agent = $7, known_until = $8, asked = $9,
			plan_id = $10, plan_version = $11, rule = $12, step = $13, step_since = $14, step_until = $15, queue_since = $16, anyone = $17, agents_when = $18,
			agent_order = $19, order_by = $20, width = $21, offer_timeout_s = $22, sla_due = $23 where id = $1`,
		r.ID, r.QueueID, orEmpty(r.Skills), orEmpty(r.Preferred), r.Priority, r.Rank, r.KnownAgent, r.KnownUntil, r.Asked,
		r.PlanID, r.PlanVersion, r.Rule, r.Step, r.StepSince, r.StepUntil, r.QueueSince, r.Anyone, r.AgentsWhen, r.AgentOrder, r.OrderBy, r.Width, r.OfferTimeout, r.SLADue)
	if err != nil {
		return fmt.Errorf("move request %s: %w", r.ID, err)
	}
	return nil
}

func orEmpty(m map[string]int) map[string]int {
	if m == nil {
		return map[string]int{}
	}
	return m
}

func (w *work) setRequest(ctx context.Context, id uuid.UUID, state string) error {
	if _, err := w.Exec(ctx, `update requests set state = $2 where id = $1`, id, state); err != nil {
		return fmt.Errorf("set request %s to %s: %w", id, state, err)
	}
	if state == "waiting" {
		w.requests = append(w.requests, id)
	}
	return nil
}

// end gives a reservation its final state and its agent's units back. The agent is matched again before the commit.
func (w *work) end(ctx context.Context, r reservation, state, reason string) error {
	worked := r.State == "accepted" || r.State == "wrapping"
	var away bool
	batch := &pgx.Batch{}
	batch.Queue(`update reservations set state = $2, reason = $3, ended_at = $4 where id = $1`, r.ID, state, reason, w.Now)
	// An agent becomes idle when work ends, not when an offer does; a presence that was put off until then takes effect.
	batch.Queue(`update agents set load = load - $2,
			idle_since = case when $3 then $4 else idle_since end,
			presence = case when load = $2 then coalesce(next_presence, presence) else presence end,
			presence_since = case when load = $2 and next_presence is not null then $4 else presence_since end,
			next_presence = case when load = $2 then null else next_presence end
		where id = $1 returning presence_since = $4`, r.AgentID, r.Cost, worked, w.Now).QueryRow(func(row pgx.Row) error { return row.Scan(&away) })
	w.TouchAgent(r.AgentID)
	w.queueAgent(batch, r.AgentID)
	if err := w.Run(ctx, batch); err != nil {
		return fmt.Errorf("end reservation %s: %w", r.ID, err)
	}
	if worked || away {
		w.noteState(r.AgentID)
	}
	w.agents = append(w.agents, r.AgentID)
	return nil
}

// take charges an agent for a reservation. The database refuses more than their capacity: ErrCapacity.
func (w *work) take(ctx context.Context, agent uuid.UUID, cost int) error {
	if _, err := w.Exec(ctx, `update agents set load = load + $2 where id = $1`, agent, cost); err != nil {
		return fmt.Errorf("charge agent %s: %w", agent, refused(err))
	}
	w.TouchAgent(agent)
	return nil
}

// refused makes ErrCapacity of what the database says when an agent would have too much.
func refused(err error) error {
	var violation *pgconn.PgError
	if errors.As(err, &violation) && violation.ConstraintName == "agents_load_within_capacity" {
		return ErrCapacity
	}
	return err
}

func (w *work) exclude(ctx context.Context, r reservation, why string) error {
	_, err := w.Exec(ctx, `insert into exclusions (request_id, agent_id, reason, since, until) values ($1, $2, $3, $4, $5)
		on conflict (request_id, agent_id) do update set reason = excluded.reason, since = excluded.since, until = excluded.until`,
		r.RequestID, r.AgentID, why, w.Now, w.Now.Add(w.desk.timings.Exclusion))
	if err != nil {
		return fmt.Errorf("exclude agent %s: %w", r.AgentID, err)
	}
	return nil
}

func by(p conversation.Person) conversation.Actor {
	return conversation.Actor{Kind: conversation.ByAgent, ID: p.ID.String(), Name: p.Name}
}
