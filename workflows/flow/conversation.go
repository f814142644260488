// Package flow is what a conversation's workflow is made of, and what a developer writes flows with. A flow is linear Go that
// talks with the customer through a Conversation; waiting for weeks, restarts, continue-as-new, people taking over and
// messages that come at the wrong moment are this package's business and do not show in a flow's code.
//
// How it works: the flow's code runs in a coroutine of its own. Every step it takes through the Conversation is kept in a
// journal. When the history has grown long, and nothing is under way, the workflow goes on in a new run with the journal; the
// flow's code is run again from its beginning there, and steps that are done return at once what they returned before.
package flow

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/workflow"

	"seax/internal/conversation"
)

// Errors that steps return. A flow passes them on; what must happen then happens by itself.
var (
	// ErrLeft: the customer has ended the conversation.
	ErrLeft = errors.New("the customer has left")
	// ErrIdle: the customer has not answered for so long that the conversation should end.
	ErrIdle = errors.New("the customer does not answer")
	// ErrTakenOver: a person has taken the conversation over. The flow ends; the conversation ends when they have wrapped up.
	ErrTakenOver = errors.New("a person has taken over")
)

// goError ends a flow in favour of another.
type goError struct{ flow string }

func (e *goError) Error() string { return "go to flow " + e.flow }

// Conversation is a flow's hold on its conversation. Use it only from the flow's own coroutine.
type Conversation struct {
	id       uuid.UUID
	flow     Flow
	names    map[string]bool
	facts    Facts
	state    *State
	local    workflow.LocalActivityOptions
	nextFlow string

	// step is the place in the journal of the flow's next step.
	step int
	// quiet: the flow's coroutine waits for something from outside and has nothing under way.
	quiet bool
	// reading, delivering, looking, away, changing: a coroutine of ours has something under way.
	reading, delivering, looking, away, changing bool
	// renew: go on in a new run even if the history is short. progressed: this run has done something.
	renew, progressed bool
	// closed: it was closed before this run began. finished: this run has closed it.
	closed, finished bool
	failed           error
	// pending are signals whose turn has not come; upTo is how far inputs are known to reach.
	pending map[int64]conversation.Event
	upTo    int64
	// changes counts inputs taken in, so that waits notice them.
	changes   int
	startedAt int
	shown     shown
}

// ID is the conversation's id.
func (c *Conversation) ID() uuid.UUID { return c.id }

// Contact is the person behind the conversation, as known when this run of the workflow began.
func (c *Conversation) Contact() Contact { return c.facts.Contact }

// Channel is the kind of channel the customer writes on, like "webchat".
func (c *Conversation) Channel() string { return c.facts.ChannelKind }

// Queue is where the channel's conversations go when nothing else is said.
func (c *Conversation) Queue() string { return c.facts.Queue }

// Language is the customer's, "en" or "ko"; "en" when it is not known.
func (c *Conversation) Language() string {
	if c.state.Language == "" {
		return "en"
	}
	return c.state.Language
}

// Texts is one text in several languages, by code; "en" should be there.
type Texts map[string]string

// Text returns the text in the customer's language, else in English.
func (c *Conversation) Text(t Texts) string {
	if text, ok := t[c.Language()]; ok {
		return text
	}
	return t["en"]
}

// Get returns an attribute of the conversation; "" if it is not set.
func (c *Conversation) Get(name string) string { return c.state.Attributes[name] }

// Set keeps an attribute of the conversation, which agents see and routing can use; an empty value removes it. Names and
// values are short texts.
func (c *Conversation) Set(ctx workflow.Context, name, value string) error {
	return c.once(ctx, "set", name, func() error {
		c.state.Attributes = maps.Clone(c.state.Attributes)
		if c.state.Attributes == nil {
			c.state.Attributes = map[string]string{}
		}
		if c.state.Attributes[name] = value; value == "" {
			delete(c.state.Attributes, name)
		}
		record := RecordInput{ConversationID: c.id, Attributes: map[string]string{name: value}}
		return c.call(ctx, "Set "+name, ActivityNote, record, nil)
	})
}

// SetLanguage says which language the customer prefers.
func (c *Conversation) SetLanguage(ctx workflow.Context, language string) error {
	return c.once(ctx, "language", language, func() error {
		c.state.Language = language
		return c.call(ctx, "Set language", ActivityNote, RecordInput{ConversationID: c.id, Language: language}, nil)
	})
}

// Now is the time, the same whenever the flow's code is run again.
func (c *Conversation) Now(ctx workflow.Context) (time.Time, error) {
	var s struct {
		At time.Time `json:"at"`
	}
	e, done, err := c.begin("now", "", &s)
	if err != nil || done {
		return s.At, err
	}
	s.At = workflow.Now(ctx).UTC()
	e.Done = true
	return s.At, nil
}

// once runs a step that has no result and does not wait.
func (c *Conversation) once(_ workflow.Context, kind, key string, do func() error) error {
	e, done, err := c.begin(kind, key, nil)
	if err != nil || done {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	e.Done = true
	return nil
}

// begin takes the flow's next step: a new one, or one that the journal knows, whose state is read into live (a pointer, kept
// and written at the end of the run). done: the step has been taken before; live holds its result.
func (c *Conversation) begin(kind, key string, live any) (e *entry, done bool, err error) {
	if c.step < len(c.state.Journal) {
		e = c.state.Journal[c.step]
		if e.Kind != kind || e.Key != key {
			return nil, false, fmt.Errorf("flow %s has changed under a running conversation: step %d was %s %q and is %s %q",
				c.flow.Name, c.step+1, e.Kind, e.Key, kind, key)
		}
		if err := e.restore(live); err != nil {
			return nil, false, fmt.Errorf("step %d (%s %q): %w", c.step+1, kind, key, err)
		}
	} else {
		e = &entry{Kind: kind, Key: key, live: live}
		c.state.Journal = append(c.state.Journal, e)
	}
	c.step++
	return e, e.Done, nil
}

func (e *entry) restore(live any) error {
	data := e.Data
	if e.live != nil {
		written, err := json.Marshal(e.live)
		if err != nil {
			return err
		}
		data = written
	}
	if live == nil {
		return nil
	}
	if len(data) > 0 {
		if err := json.Unmarshal(data, live); err != nil {
			return err
		}
	}
	e.live = live
	return nil
}

// wait blocks until cond holds or the deadline (zero: none) has passed; timedOut tells which. The workflow may go on in a new
// run meanwhile, so whatever the caller needs afterwards must be in the state.
func (c *Conversation) wait(ctx workflow.Context, summary string, deadline time.Time, cond func() bool) (timedOut bool, err error) {
	if cond() {
		return false, nil
	}
	if deadline.IsZero() {
		c.quiet = true
		err := workflow.Await(ctx, cond)
		c.quiet = false
		return false, err
	}
	timerCtx, cancel := workflow.WithCancel(ctx)
	defer cancel()
	timer := workflow.NewTimerWithOptions(timerCtx, deadline.Sub(workflow.Now(ctx)), workflow.TimerOptions{Summary: summary})
	c.quiet = true
	err = workflow.Await(ctx, func() bool { return cond() || timer.IsReady() })
	c.quiet = false
	return !cond() && timer.IsReady(), err
}

// interrupted is why a step cannot go on, if anything.
func (c *Conversation) interrupted() error {
	switch {
	case c.state.Desk.person(), c.state.Desk.Wrapped:
		return ErrTakenOver
	case c.state.Left:
		return ErrLeft
	default:
		return nil
	}
}
