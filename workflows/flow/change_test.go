package flow_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
	. "seax/workflows/flowtest"
)

// Changes of messages are made in order, beside the talk, in whatever run of the workflow; what cannot be done in time is given up.
func TestMessagesAreChangedBesideTheTalk(t *testing.T) {
	t.Parallel()
	for name, down := range map[string]bool{"done": false, "given up": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := play(t, chat, func(s *Scenario) {
				s.NoFiles = down
				s.At(0, Customer("hi")).At(10*time.Second, AgentChanges(conversation.ToEdit, 2)).At(20*time.Second, AgentChanges(conversation.ToReact, 1))
			})
			if down {
				require.Equal(t, []int64{3, 4}, r.Unchanged)
				require.Empty(t, r.Changed)
			} else {
				require.Equal(t, []int64{3, 4}, r.Changed)
				require.Empty(t, r.Unchanged)
			}
			require.Equal(t, conversation.Done, r.Phase())
		})
	}
}
