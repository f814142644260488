package workflows_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"

	"seax/workflows"
)

// While a new version is rolled out, a worker of the version before may take in inputs that tell of clocks, which it does not know.
// What it has done by then must replay all the same.
func TestReplayOfClocksThatAnOlderWorkerDidNotKnow(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "replay", "*.json"))
	require.NoError(t, err)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			var history map[string]any
			require.NoError(t, json.Unmarshal(text, &history))
			marked := 0
			for _, e := range history["events"].([]any) {
				signaled, ok := e.(map[string]any)["workflowExecutionSignaledEventAttributes"].(map[string]any)
				if !ok {
					continue
				}
				payload := signaled["input"].(map[string]any)["payloads"].([]any)[0].(map[string]any)
				var encoded []byte
				require.NoError(t, json.Unmarshal([]byte(`"`+payload["data"].(string)+`"`), &encoded))
				var input map[string]any
				require.NoError(t, json.Unmarshal(encoded, &input))
				input["sla"] = map[string]any{"look": "2026-01-01T00:00:00Z", "due": "2026-01-01T00:00:10Z"}
				changed, err := json.Marshal(input)
				require.NoError(t, err)
				payload["data"] = changed
				marked++
			}
			require.Positive(t, marked)
			changed, err := json.Marshal(history)
			require.NoError(t, err)
			path := filepath.Join(t.TempDir(), "history.json")
			require.NoError(t, os.WriteFile(path, changed, 0o600))
			replayer := worker.NewWorkflowReplayer()
			workflows.Register(replayer)
			require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(nil, path))
		})
	}
}
