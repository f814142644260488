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
