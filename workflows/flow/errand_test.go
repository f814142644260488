package flow_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"seax/internal/conversation"
	"seax/workflows/flow"
	. "seax/workflows/flowtest"
)

// chat answers twice and ends.
func chat(ctx workflow.Context, c *flow.Conversation) error {
	for range 2 {
		if err := c.Say(ctx, "I see."); err != nil {
			return err
		}
		if err := c.Wait(ctx, time.Minute); err != nil {
			return err
		}
	}
	return nil
}

// Files are fetched beside the talk, in whatever run of the workflow.
func TestFilesAreFetchedBesideTheTalk(t *testing.T) {
	t.Parallel()
	for name, noFiles := range map[string]bool{"come": false, "do not come": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := play(t, chat, func(s *Scenario) {
				s.NoFiles = noFiles
				s.At(0, CustomerFile("a.png")).At(10*time.Second, Customer("just words")).At(20*time.Second, CustomerFile("b.png"))
			})
			if noFiles {
				require.Equal(t, []int64{1, 4}, r.LostFiles)
				require.Empty(t, r.Fetched)
			} else {
				require.Equal(t, []int64{1, 4}, r.Fetched)
				require.Empty(t, r.LostFiles)
			}
			require.Empty(t, r.LookUps)
			require.Equal(t, conversation.Done, r.Phase())
		})
	}
}

func TestStrangersAreLookedUpOnce(t *testing.T) {
	t.Parallel()
	r := play(t, chat, func(s *Scenario) {
		s.Stranger = true
		s.At(0, Customer("hi")).At(10*time.Second, Customer("there"))
	})
	require.Len(t, r.LookUps, 1)
}
