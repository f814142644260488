// Package simulation runs the planner of internal/routing over virtual time: customers who arrive, wait, lose patience; agents
// who work in shifts, take their time and sometimes pass on. So a plan can be tried before it meets customers, and the planner
// checked against theory (Erlang C and A).
package simulation

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"seax/internal/routing"
)

// Scenario says who arrives and who works. Its YAML is described in docs/simulation.md.
type Scenario struct {
	Name string `yaml:"name"`
	// Start is the first moment; default a Monday, 2026-03-02T00:00:00Z.
	Start time.Time `yaml:"start"`
	// Duration bounds the time in which customers arrive, Customers how many do; one of them is needed. Those who are there at the
	// end are served to the end.
	Duration  Duration `yaml:"duration"`
	Customers int      `yaml:"customers"`
	// Warmup is how long from the start nothing is measured.
	Warmup Duration `yaml:"warmup"`
	// Answered is the service level's time; default 20 s.
	Answered Duration `yaml:"answered_within"`
	// OfferTimeout is how long an agent has to answer an offer; default 20 s.
	OfferTimeout Duration `yaml:"offer_timeout"`
	// Boost is the head start of one point of priority; default 10 min.
	Boost    Duration   `yaml:"boost"`
	Arrivals []Arrivals `yaml:"arrivals"`
	Agents   []Agents   `yaml:"agents"`
}

// Arrivals are customers of one kind.
type Arrivals struct {
	Queue     string          `yaml:"queue"`
	Channel   string          `yaml:"channel"`
	PerHour   float64         `yaml:"per_hour"`
	Profile   map[int]float64 `yaml:"profile"`
	Cost      int             `yaml:"cost"`
	Skills    routing.Skills  `yaml:"skills"`
	Preferred routing.Skills  `yaml:"preferred"`
	Priority  int             `yaml:"priority"`
	// Handle is how long a conversation takes from being accepted, wrap-up included.
	Handle Distribution `yaml:"handle"`
	// Patience is how long they wait; none: for ever.
	Patience *Distribution `yaml:"patience"`
}

// Agents are people of one kind.
type Agents struct {
	Name     string         `yaml:"name"`
	Count    int            `yaml:"count"`
	Queues   map[string]int `yaml:"queues"`
	Skills   routing.Skills `yaml:"skills"`
	Capacity int            `yaml:"capacity"`
	// Shifts are times of day, like 09:00-17:30 (22:00-06:00 goes over midnight); none: always.
	Shifts []Shift `yaml:"shifts"`
	// Accept is how long they take to accept; none: no time.
	Accept *Distribution `yaml:"accept_after"`
	// Rejects is the share of offers they pass on.
	Rejects float64 `yaml:"rejects"`
}

// Duration is a time.Duration that YAML writes like 20s or 8h30m.
type Duration time.Duration

// UnmarshalYAML implements yaml.BytesUnmarshaler.
func (d *Duration) UnmarshalYAML(text []byte) error {
	parsed, err := time.ParseDuration(strings.Trim(string(bytes.TrimSpace(text)), `"'`))
	if err != nil {
		return fmt.Errorf("%q is no time; write it like 20s, 5m or 8h", bytes.TrimSpace(text))
	}
	if parsed < 0 {
		return fmt.Errorf("%s is negative", parsed)
	}
	*d = Duration(parsed)
	return nil
}

// Shift is a time of day, from and to since midnight.
type Shift struct{ From, To time.Duration }

// UnmarshalYAML implements yaml.BytesUnmarshaler.
func (s *Shift) UnmarshalYAML(text []byte) error {
	from, to, found := strings.Cut(strings.Trim(string(bytes.TrimSpace(text)), `"'`), "-")
	var err error
	if s.From, err = timeOfDay(from); err == nil {
		s.To, err = timeOfDay(to)
	}
	if !found || err != nil || s.From == s.To {
		return fmt.Errorf("%q is no shift; write it like 09:00-17:30", bytes.TrimSpace(text))
	}
	return nil
}

func timeOfDay(text string) (time.Duration, error) {
	hours, minutes, _ := strings.Cut(strings.TrimSpace(text), ":")
	h, err := strconv.Atoi(hours)
	if err != nil || h < 0 || h > 24 {
		return 0, errors.New("no hour")
	}
	m, err := strconv.Atoi(minutes)
	if err != nil || m < 0 || m > 59 || h == 24 && m > 0 {
		return 0, errors.New("no minute")
	}
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute, nil
}

// covers reports whether a time of day is in the shift.
func (s Shift) covers(at time.Duration) bool {
	if s.From < s.To {
		return at >= s.From && at < s.To
	}
	return at >= s.From || at < s.To
}

// ErrScenario says that a scenario cannot be run; the text says why, all reasons at once.
var ErrScenario = errors.New("scenario")

// maxScenario bounds a scenario's file, in bytes.
const maxScenario = 1 << 20

// Read reads a scenario, fills in defaults and checks it. Errors are ErrScenario.
func Read(from io.Reader) (Scenario, error) {
	var s Scenario
	text, err := io.ReadAll(io.LimitReader(from, maxScenario+1))
	if err != nil {
		return s, fmt.Errorf("read scenario: %w", err)
	}
	if len(text) > maxScenario {
		return s, fmt.Errorf("%w: it is larger than %d bytes", ErrScenario, maxScenario)
	}
	if err := yaml.UnmarshalWithOptions(text, &s, yaml.Strict()); err != nil {
		return s, fmt.Errorf("%w: %s", ErrScenario, yaml.FormatError(err, false, true))
	}
	return s, s.Complete()
}

// Complete fills in defaults and checks the scenario.
func (s *Scenario) Complete() error {
	if s.Start.IsZero() {
		s.Start = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	}
	preset(&s.Answered, 20*time.Second)
	preset(&s.OfferTimeout, 20*time.Second)
	preset(&s.Boost, 10*time.Minute)
	for i := range s.Arrivals {
		a := &s.Arrivals[i]
		a.Cost, a.Channel = or(a.Cost, 100), or(a.Channel, "webchat")
	}
	for i := range s.Agents {
		a := &s.Agents[i]
		a.Capacity, a.Count, a.Name = or(a.Capacity, 100), or(a.Count, 1), or(a.Name, fmt.Sprintf("agents %d", i+1))
	}
	var wrong []string
	if s.Duration == 0 && s.Customers <= 0 {
		wrong = append(wrong, "duration or customers is needed")
	}
	if len(s.Arrivals) == 0 {
		wrong = append(wrong, "there are no arrivals")
	}
	if len(s.Agents) == 0 {
		wrong = append(wrong, "there are no agents")
	}
	for i, a := range s.Arrivals {
		wrong = append(wrong, a.problems(fmt.Sprintf("arrivals[%d]", i))...)
	}
	for i, a := range s.Agents {
		wrong = append(wrong, a.problems(fmt.Sprintf("agents[%d]", i))...)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%w: %s", ErrScenario, strings.Join(wrong, "; "))
	}
	return nil
}

func (a Arrivals) problems(at string) (wrong []string) {
	if a.Queue == "" {
		wrong = append(wrong, at+" has no queue")
	}
	if a.PerHour <= 0 {
		wrong = append(wrong, at+": per_hour must be more than 0")
	}
	for hour, factor := range a.Profile {
		if hour < 0 || hour > 23 || factor < 0 {
			wrong = append(wrong, fmt.Sprintf("%s: profile has hour %d with %g; hours are 0 to 23, factors at least 0", at, hour, factor))
		}
	}
	if len(a.Profile) > 0 && slices.Max(values(a.Profile)) <= 0 {
		wrong = append(wrong, at+": with this profile nobody comes")
	}
	if a.Cost < 0 {
		wrong = append(wrong, at+": cost is negative")
	}
	wrong = append(wrong, a.Handle.problems(at+".handle")...)
	if a.Patience != nil {
		wrong = append(wrong, a.Patience.problems(at+".patience")...)
	}
	return wrong
}

func (a Agents) problems(at string) (wrong []string) {
	if len(a.Queues) == 0 {
		wrong = append(wrong, at+" are in no queue")
	}
	if a.Count < 0 || a.Count > 100_000 {
		wrong = append(wrong, at+": count must be from 1 to 100000")
	}
	if a.Capacity < 0 {
		wrong = append(wrong, at+": capacity is negative")
	}
	if a.Rejects < 0 || a.Rejects >= 1 {
		wrong = append(wrong, at+": rejects must be at least 0 and less than 1")
	}
	if a.Accept != nil {
		wrong = append(wrong, a.Accept.problems(at+".accept_after")...)
	}
	return wrong
}

func preset(d *Duration, otherwise time.Duration) {
	if *d == 0 {
		*d = Duration(otherwise)
	}
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

func values(m map[int]float64) []float64 {
	all := make([]float64, 0, 24)
	for hour := range 24 {
		factor, ok := m[hour]
		if !ok {
			factor = 1
		}
		all = append(all, factor)
	}
	return all
}
