// Package simulation runs routing over virtual time: the planner of internal/routing and the plans of internal/plan, with
// customers who arrive, wait and lose patience, and agents who work in shifts, take their time, refuse and sometimes do not
// answer. So settings can be tried before they meet customers, and the planner checked against theory (Erlang C and A). It is
// pure: what is simulated is given, and the same seed gives the same result. What internal/dispatch does with the same
// settings in Postgres is what it must do; a test lets both run side by side.
package simulation

import (
	"time"

	"seax/internal/plan"
	"seax/internal/routing"
	"seax/internal/sla"
)

// Scenario says who arrives, who works, and by which settings they are brought together. docs/simulation.md describes every
// field. Complete must have accepted it before it is run.
type Scenario struct {
	Name string `json:"name"`
	// TimeZone is where hours of the day and shifts are counted; default UTC.
	TimeZone string `json:"time_zone"`
	// Start is the first moment; default the recording's, else Monday 2026-03-02 at midnight.
	Start time.Time `json:"start"`
	// Duration bounds the time in which customers arrive, Customers how many do; one of them is needed, unless there is a
	// recording. Those who are there at the end are served to the end.
	Duration  Duration `json:"duration"`
	Customers int      `json:"customers"`
	// Warmup is how long from the start nothing is measured.
	Warmup Duration `json:"warmup"`
	// Answered is the service level's time; default 20 s.
	Answered Duration `json:"answered_within"`
	// Skills there are; none listed: those that agents have.
	Skills []string `json:"skills"`
	// Queues there are; none listed: those that arrivals and agents name, with default settings.
	Queues   []Queue     `json:"queues"`
	Plans    []plan.Plan `json:"plans"`
	Arrivals []Arrivals  `json:"arrivals"`
	Agents   []Agents    `json:"agents"`
	// Recorded are customers who came in fact, besides Arrivals.
	Recorded *Recorded `json:"-" yaml:"-"`

	zone *time.Location
}

// Queue is a queue's settings, as far as they matter here. The names and meanings are those of the API.
type Queue struct {
	ID string `json:"id"`
	// OfferTimeout is how long an agent has to answer, in seconds, 5 to 3600; default 20.
	OfferTimeout int `json:"offer_timeout_s"`
	// Boost is the head start of one point of priority, in seconds; default 600. Strict: priority always comes first.
	Boost      *int `json:"boost_s"`
	Strict     bool `json:"strict"`
	AutoAccept bool `json:"auto_accept"`
	// TimeZone of its hours; default the scenario's.
	TimeZone string                `json:"time_zone"`
	Hours    map[string][][]string `json:"hours"`
	Holidays []string              `json:"holidays"`
	// Order of agents; default longest_idle.
	Order   string         `json:"order"`
	OrderBy []plan.SortKey `json:"order_by"`
	// Width is how many agents are asked at once; default 1.
	Width int `json:"width"`
	// MaxWaiting is how many may wait before it is full; nil: any number.
	MaxWaiting *int `json:"max_waiting"`
	// Overflow by reason: full, closed, unstaffed, draining.
	Overflow    map[string]plan.Target `json:"overflow"`
	MembersWhen string                 `json:"members_when"`
	// SLA is what the queue promises, of which the first reply matters here. RankBy says what who waits is served by: arrival (the
	// default), or sla, when they are to be answered.
	SLA      sla.Targets `json:"sla"`
	RankBy   string      `json:"rank_by"`
	Paused   bool        `json:"paused"`
	Draining bool        `json:"draining"`
}

// Customer is what a customer asks for, and what conditions see of them.
type Customer struct {
	Queue string `json:"queue"`
	// Plan they go by; none: they wait in the queue.
	Plan string `json:"plan,omitempty"`
	// Channel is the kind, default webchat; ChannelID the account, default the kind.
	Channel   string `json:"channel,omitempty"`
	ChannelID string `json:"channel_id,omitempty"`
	// Cost in units of an agent's capacity; default 100.
	Cost              int               `json:"cost,omitempty"`
	Skills            routing.Skills    `json:"skills,omitempty"`
	Preferred         routing.Skills    `json:"preferred,omitempty"`
	Priority          int               `json:"priority,omitempty"`
	Language          string            `json:"language,omitempty"`
	Locale            string            `json:"locale,omitempty"`
	Flow              string            `json:"flow,omitempty"`
	Reason            string            `json:"reason,omitempty"`
	Attributes        map[string]string `json:"attributes,omitempty"`
	ContactAttributes map[string]string `json:"contact_attributes,omitempty"`
}

// Arrivals are customers of one kind, who come at random.
type Arrivals struct {
	Customer `yaml:",inline"`
	// PerHour is the rate; Profile the factors by which it differs by hour of the day, 1 for those not named.
	PerHour float64         `json:"per_hour"`
	Profile map[int]float64 `json:"profile"`
	// Handle is how long a conversation takes from being accepted, wrap-up included.
	Handle Distribution `json:"handle"`
	// Patience is how long they wait; none: for ever.
	Patience *Distribution `json:"patience"`
	// Contacts is how many different people they are, who come again and again; 0: each comes once.
	Contacts int `json:"contacts"`
	// WaitsAnyway is the share who, given back to the flow, wait in their queue all the same; the others are gone.
	WaitsAnyway float64 `json:"waits_anyway"`
}

// Agents are people of one kind.
type Agents struct {
	Name string `json:"name"`
	// ID and Email identify one person; conditions and attributes may name them so.
	ID    string `json:"id,omitempty"`
	Email string `json:"email,omitempty"`
	// Count is how many they are; default 1.
	Count int `json:"count,omitempty"`
	// Queues they are members of, with the level: 1 is served first. Delays is how long a request must have waited in one
	// before they are asked.
	Queues     map[string]int      `json:"queues,omitempty"`
	Delays     map[string]Duration `json:"delays,omitempty"`
	Skills     routing.Skills      `json:"skills,omitempty"`
	Attributes map[string]any      `json:"attributes,omitempty"`
	// Capacity in units; default 100.
	Capacity      int            `json:"capacity,omitempty"`
	ChannelLimits map[string]int `json:"channel_limits,omitempty"`
	AutoAccept    bool           `json:"auto_accept,omitempty"`
	Habits        `yaml:",inline"`
}

// Habits are how people work.
type Habits struct {
	// Shifts; none: always.
	Shifts []Shift `json:"shifts,omitempty"`
	// Accept is how long they take to answer an offer; none: no time.
	Accept *Distribution `json:"accept_after,omitempty"`
	// Rejects is the share of offers they pass on, Misses the share they do not answer at all.
	Rejects float64 `json:"rejects,omitempty"`
	Misses  float64 `json:"misses,omitempty"`
	// Back is how long they are away after two misses in a row; default 3 minutes on average.
	Back *Distribution `json:"back_after,omitempty"`
}

// or is a value, or another if it is the zero one.
func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
