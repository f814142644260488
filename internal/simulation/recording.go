package simulation

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Recording is what came, and who worked, over a time.
type Recording struct {
	From, To time.Time
	// WaitsAnyway is the share of those given back to the flow who waited all the same; nil: nobody was given back.
	WaitsAnyway *float64
	Agents      []Agents
	// Arrivals in the order in which they came.
	Arrivals []Arrival
}

// Arrival is one customer who came in fact.
type Arrival struct {
	At time.Time `json:"at"`
	Customer
	// Contact names who it is, so that they are known when they come again.
	Contact string `json:"contact,omitempty"`
	// Earlier counts their earlier conversations; LastAgent is the email of who served them last before.
	Earlier   int    `json:"earlier,omitempty"`
	LastAgent string `json:"last_agent,omitempty"`
	// Waited is how long they waited until they were answered, or left.
	Waited Duration `json:"waited"`
	// Answered they were, and Handle is how long agents had them; else they left.
	Answered bool     `json:"answered,omitempty"`
	Handle   Duration `json:"handle,omitempty"`
	// GivenBack: no place was found for them, and they did not wait.
	GivenBack bool `json:"given_back,omitempty"`
}

// Recorded has customers of a recording come as they came.
type Recorded struct {
	Recording *Recording
	// Patience of those who were answered, after the time they waited; those who left wait as long as they did. None: as can be
	// estimated from who left.
	Patience *Distribution
	// Handle is how long conversations take that were not answered then; none: like those that were, of the same queue.
	Handle *Distribution
}

// patience is the mean patience that a recording lets one expect: all the time waited by the number of those who left, which
// is the most likely value for exponential patience of which only a part is seen. Zero: nobody left.
func (r *Recording) patience() time.Duration {
	var waited time.Duration
	left := 0
	for i := range r.Arrivals {
		if a := &r.Arrivals[i]; !a.GivenBack {
			waited += time.Duration(a.Waited)
			if !a.Answered {
				left++
			}
		}
	}
	if left == 0 {
		return 0
	}
	return max(waited/time.Duration(left), time.Second)
}

// line is one line of a recording's file.
type line struct {
	Recorded *recordedLine `json:"recorded,omitempty"`
	Agent    *Agents       `json:"agent,omitempty"`
	Arrival  *Arrival      `json:"arrival,omitempty"`
}

type recordedLine struct {
	From        time.Time `json:"from"`
	To          time.Time `json:"to"`
	WaitsAnyway *float64  `json:"waits_anyway,omitempty"`
}

// Write writes a recording as lines of JSON.
func (r *Recording) Write(to io.Writer) error {
	buffered := bufio.NewWriter(to)
	encoder := json.NewEncoder(buffered)
	err := encoder.Encode(line{Recorded: &recordedLine{r.From, r.To, r.WaitsAnyway}})
	for i := range r.Agents {
		err = errors.Join(err, encoder.Encode(line{Agent: &r.Agents[i]}))
	}
	for i := range r.Arrivals {
		err = errors.Join(err, encoder.Encode(line{Arrival: &r.Arrivals[i]}))
	}
	return errors.Join(err, buffered.Flush())
}

// Limits of recordings: arrivals, and bytes of a line.
const (
	maxRecorded = 2_000_000
	maxLine     = 1 << 20
)

// ReadRecording reads what Write has written. Errors are ErrScenario and name the line.
func ReadRecording(from io.Reader) (*Recording, error) {
	scanner := bufio.NewScanner(from)
	scanner.Buffer(nil, maxLine)
	r := &Recording{}
	for n := 1; scanner.Scan(); n++ {
		if err := r.take(scanner.Bytes()); err != nil {
			return nil, fmt.Errorf("%w: line %d of the recording: %w", ErrScenario, n, err)
		}
	}
	if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("%w: a line of the recording is longer than %d bytes", ErrScenario, maxLine)
	} else if err != nil {
		return nil, fmt.Errorf("read recording: %w", err)
	}
	if r.From.IsZero() {
		return nil, fmt.Errorf("%w: the recording does not say from when it is", ErrScenario)
	}
	slices.SortStableFunc(r.Arrivals, func(a, b Arrival) int { return a.At.Compare(b.At) })
	return r, nil
}

func (r *Recording) take(text []byte) error {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return err
	}
	switch {
	case l.Recorded != nil:
		r.From, r.To, r.WaitsAnyway = l.Recorded.From, l.Recorded.To, l.Recorded.WaitsAnyway
		if !r.To.After(r.From) {
			return errors.New("it ends before it begins")
		}
	case l.Agent != nil:
		r.Agents = append(r.Agents, *l.Agent)
	case l.Arrival != nil:
		if len(r.Arrivals) == maxRecorded {
			return fmt.Errorf("there are more than %d arrivals", maxRecorded)
		}
		r.Arrivals = append(r.Arrivals, *l.Arrival)
	default:
		return errors.New("it is neither recorded, agent nor arrival")
	}
	return nil
}
