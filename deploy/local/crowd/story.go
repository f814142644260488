package crowd

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Story is how a simulated customer's chat goes. Odds are between 0 and 1.
type Story struct {
	// Questions for the bot before a person is asked for.
	Questions int
	// Answers is how often at most the customer answers an agent.
	Answers int
	// LeavesWaiting: odds that the customer leaves before anybody has answered.
	LeavesWaiting float64
	// Rates: odds that they rate at the end; the others leave.
	Rates float64
	// Thinks is how long they take before each answer.
	Thinks time.Duration
}

// AskForPerson is what simulated customers say to get one.
const AskForPerson = "I want to talk to a person"

// Play tells a story from its beginning until the conversation is closed. due is when it should begin.
func (c *Customer) Play(ctx context.Context, s Story, due time.Time, dice *rand.Rand) error {
	if err := c.Enter(ctx, true); err != nil {
		return err
	}
	for i := range s.Questions {
		if err := c.SayAt(ctx, due, c.mark(fmt.Sprintf("How long does shipping take? (%d)", i+1))); err != nil {
			return err
		}
		answers := i + 1
		if err := c.Await(ctx, "the bot's answer", func(feed []Item, _ State) bool { return From(feed, "bot") >= answers }); err != nil {
			return err
		}
		due = time.Now()
	}
	return c.Ask(ctx, s, due, dice)
}

// Ask is the part of a story from the wish for a person on, which is due at a time.
func (c *Customer) Ask(ctx context.Context, s Story, due time.Time, dice *rand.Rand) error {
	if err := c.BeginAsk(ctx, due); err != nil {
		return err
	}
	if dice.Float64() < s.LeavesWaiting {
		return c.leave(ctx)
	}
	return c.talk(ctx, s, dice)
}

// BeginAsk asks for a person and does not wait for one.
func (c *Customer) BeginAsk(ctx context.Context, due time.Time) error {
	c.recorder.begin(Offered, c.Visitor(), due)
	return c.SayAt(ctx, due, AskForPerson)
}

// mark makes a text one of its kind.
func (c *Customer) mark(text string) string {
	return fmt.Sprintf("%s [%s %d]", text, c.Visitor(), len(c.Sent()))
}

// leave says that the customer has gone, again when somebody turns to them all the same, until the conversation is closed.
func (c *Customer) leave(ctx context.Context) error {
	if err := c.Leave(ctx); err != nil {
		return err
	}
	return c.Await(ctx, "the end after leaving", func(_ []Item, state State) bool { return state.Phase == "closed" })
}

// talk answers agents until the conversation is closed.
func (c *Customer) talk(ctx context.Context, s Story, dice *rand.Rand) error {
	answered, nudged := 0, false
	for {
		err := c.Await(ctx, "an agent, or the end", func(feed []Item, state State) bool {
			_, asked := toRate(feed)
			return state.Phase == "closed" || asked || From(feed, "agent") > answered || state.Phase == "parked" && !nudged
		})
		if err != nil {
			return err
		}
		feed, state := c.Feed(), c.State()
		question, asked := toRate(feed)
		switch {
		case state.Phase == "closed":
			return nil
		case asked:
			return c.rate(ctx, question, dice.Float64() < s.Rates)
		case From(feed, "agent") > answered:
			answered = From(feed, "agent")
			if answered > s.Answers {
				continue
			}
			due := time.Now().Add(s.Thinks)
			if !sleep(ctx, s.Thinks) {
				return context.Cause(ctx)
			}
			err = c.SayAt(ctx, due, c.mark(fmt.Sprintf("Thank you (%d)", answered)))
		default:
			nudged = true
			err = c.Say(ctx, c.mark("Are you still there?"))
		}
		if err != nil {
			return err
		}
	}
}

// farewell is how long a customer stays after rating to see the conversation closed.
const farewell = 5 * time.Second

// rate gives the best rating, or leaves without one. A customer whose last words crossed with the question has the bot again, and
// leaves it.
func (c *Customer) rate(ctx context.Context, question Item, rates bool) error {
	if !rates {
		return c.leave(ctx)
	}
	if err := c.Choose(ctx, question.Options[len(question.Options)-1].ID); err != nil {
		return err
	}
	stays, stop := context.WithTimeout(ctx, farewell)
	defer stop()
	err := c.Await(stays, "the end after rating", func(_ []Item, state State) bool { return state.Phase == "closed" })
	if err == nil || ctx.Err() != nil || stays.Err() == nil {
		return err
	}
	return c.leave(ctx)
}

// From counts the items of a kind of sender.
func From(feed []Item, kind string) int {
	n := 0
	for _, i := range feed {
		if i.From.Kind == kind {
			n++
		}
	}
	return n
}

// toRate finds the question for a rating that came after what agents said.
func toRate(feed []Item) (question Item, asked bool) {
	for _, i := range slices.Backward(feed) {
		switch {
		case i.From.Kind == "bot" && len(i.Options) == 5:
			return i, true
		case i.From.Kind == "agent":
			return Item{}, false
		}
	}
	return Item{}, false
}
