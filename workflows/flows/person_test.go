package flows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
	. "seax/workflows/flowtest"
)

func TestNobodyIsDroppedWhenNobodyIsThere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []func(*World)
		said    string
		check   func(t *testing.T, r Result)
	}{
		"waits": {[]func(*World){Chooses("1")}, "", func(t *testing.T, r Result) {
			require.False(t, r.Requests[1].Callback)
		}},
		"says nothing": {nil, "", func(t *testing.T, r Result) { require.False(t, r.Requests[1].Quiet) }},
		"is told when it is their turn": {[]func(*World){Chooses("2"), Leaves()}, "You keep your place in line.", func(t *testing.T, r Result) {
			require.True(t, r.Requests[1].Callback, "leaving does not end the search")
			require.Contains(t, r.Requests[1].Greeting, "your turn")
		}},
		"leaves a message": {[]func(*World){Chooses("3"), Customer("kim@example.com"), Customer("Call me")}, "Thank you. We will get back to you", func(t *testing.T, r Result) {
			require.Equal(t, "Call me", r.Attributes["message"])
			require.True(t, r.Requests[1].Quiet)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := assistant().At(0, Customer("hello")).At(30*time.Second, Customer("I want to talk to a person")).At(40*time.Second, Overflowed("full"))
			for i, answer := range c.answers {
				s.At(time.Duration(50+10*i)*time.Second, answer)
			}
			s.At(30*time.Hour, Offered("Ana")).At(30*time.Hour+time.Second, Accepted()).At(30*time.Hour+time.Minute, Completes("resolved"))
			r := s.Play(t)
			require.Contains(t, r.Transcript(), "bot: So many people are waiting that our queue is full. How would you like to go on? [Wait in line|Message me when it is my turn|Leave a message]")
			require.Len(t, r.Requests, 2)
			require.True(t, r.Requests[1].Anyway)
			require.False(t, r.Requests[1].Since.IsZero(), "the place in line is kept")
			require.Empty(t, r.Attention)
			require.Equal(t, conversation.Done, r.Phase())
			c.check(t, r)
		})
	}
}

// story of a customer who waits, and then would rather be told.
func TestWhoWaitsMayGoAndIsTold(t *testing.T) {
	t.Parallel()
	for _, renew := range []bool{false, true} {
		for _, answer := range []func(*World){Chooses("callback"), Customer("1"), Customer("message me when it is my turn")} {
			s := assistant().At(0, Customer("agent")).At(30*time.Second, answer).At(40*time.Second, Leaves()).
				At(9*time.Hour, Offered("Ana")).At(9*time.Hour+time.Second, Accepted()).At(9*time.Hour+time.Minute, Completes("resolved"))
			s.Renew = renew
			r := s.Play(t)
			require.Contains(t, r.Transcript(), "system: You are next in line. [Message me when it is my turn]")
			require.Contains(t, r.Transcript(), "system: You keep your place in line. We write to you here as soon as somebody is free.")
			require.Contains(t, r.Greeting, "your turn")
			require.Len(t, r.Requests, 1, "leaving did not end the search")
			require.Contains(t, r.Happened(), conversation.Assigned)
			require.Equal(t, conversation.Done, r.Phase())
			require.Empty(t, r.Attention)
		}
	}
}

func TestAPersonGivesTheCustomerToAFlow(t *testing.T) {
	t.Parallel()
	for _, renew := range []bool{false, true} {
		for name, begin := range map[string]func(s *Scenario){
			"after a route": func(s *Scenario) {
				s.At(0, Customer("agent")).At(5*time.Second, Offered("Ana")).At(6*time.Second, Accepted())
			},
			"after taking over": func(s *Scenario) { s.At(0, Customer("hello")).At(5*time.Second, TakenOver("Sora")) },
			"after a failure": func(s *Scenario) {
				s.At(0, Customer("crash")).At(5*time.Second, Offered("Ana")).At(6*time.Second, Accepted())
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := assistant()
				begin(s)
				s.At(20*time.Second, ToFlow("frontdesk")).At(30*time.Second, Chooses("1")).At(40*time.Second, Leaves())
				s.Renew = renew
				r := s.Play(t)
				require.Equal(t, "frontdesk", r.FinalFlow)
				require.Contains(t, r.Transcript()[len(r.Transcript())-1], "[", "the front desk asks its questions")
				require.Equal(t, conversation.Done, r.Phase())
				require.Empty(t, r.Undelivered())
			})
		}
	}
}

func TestAWrapUpThatIsExtendedEndsLater(t *testing.T) {
	t.Parallel()
	r := assistant().At(0, Customer("agent")).At(5*time.Second, Offered("Ana")).At(6*time.Second, Accepted()).
		At(10*time.Second, WrapsUp(time.Minute)).At(60*time.Second, ExtendsWrapUp(10*time.Minute)).
		At(5*time.Minute, func(w *World) { require.Equal(t, conversation.InWrapUp, w.Phase()) }).
		At(30*time.Minute, func(*World) {}).Play(t)
	require.Equal(t, conversation.Done, r.Phase())
}
