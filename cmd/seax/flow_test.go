package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// repository is a copy of what newFlow looks at; root is where the module is.
func repository(t *testing.T) (copied, root string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	copied = t.TempDir()
	dir := filepath.Join(copied, "workflows", "flows")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	sources, err := filepath.Glob(filepath.Join(root, "workflows", "flows", "*.go"))
	require.NoError(t, err)
	for _, source := range sources {
		text, err := os.ReadFile(source)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(source)), text, 0o644))
	}
	return copied, root
}

// What a developer gets compiles, and its test passes, before they change anything.
func TestANewFlowCompilesAndItsTestPasses(t *testing.T) {
	t.Parallel()
	copied, root := repository(t)
	var out bytes.Buffer
	require.NoError(t, newFlow(copied, "refunds", &out))
	require.NoError(t, newFlow(copied, "returns2", &out))
	require.Contains(t, out.String(), "go test ./workflows/flows -run Refunds")

	result := testFlows(t, copied, root, "^Test(Refunds|Returns2)$")
	require.Contains(t, result, "--- PASS: TestRefunds")
	require.Contains(t, result, "--- PASS: TestReturns2")
	format := exec.CommandContext(t.Context(), "gofmt", "-l", filepath.Join(copied, "workflows"))
	unformatted, err := format.CombinedOutput()
	require.NoError(t, err)
	require.Empty(t, string(unformatted))
}

// testFlows runs tests of the module as it would be with the copied flows.
func testFlows(t *testing.T, copied, root, run string) string {
	t.Helper()
	overlay := map[string]map[string]string{"Replace": {}}
	written, err := filepath.Glob(filepath.Join(copied, "workflows", "flows", "*.go"))
	require.NoError(t, err)
	for _, file := range written {
		overlay["Replace"][filepath.Join(root, "workflows", "flows", filepath.Base(file))] = file
	}
	encoded, err := json.Marshal(overlay)
	require.NoError(t, err)
	path := filepath.Join(copied, "overlay.json")
	require.NoError(t, os.WriteFile(path, encoded, 0o644))
	test := exec.CommandContext(t.Context(), "go", "test", "-overlay", path, "-run", run, "-v", "./workflows/flows")
	test.Dir = root
	result, err := test.CombinedOutput()
	require.NoError(t, err, string(result))
	return string(result)
}

// Who does what docs/flows.md says, step by step, ends with a flow whose test passes.
func TestTheGuideWorksAsWritten(t *testing.T) {
	t.Parallel()
	copied, root := repository(t)
	require.NoError(t, newFlow(copied, "refunds", io.Discard))
	guide, err := os.ReadFile(filepath.Join(root, "docs", "flows.md"))
	require.NoError(t, err)
	var blocks []string
	for _, part := range strings.Split(string(guide), "   ```go\n")[1:] {
		block, _, ended := strings.Cut(part, "   ```\n")
		require.True(t, ended)
		blocks = append(blocks, strings.ReplaceAll("\n"+block, "\n   ", "\n"))
	}
	require.Len(t, blocks, 2, "the flow and its test")
	dir := filepath.Join(copied, "workflows", "flows")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "refunds.go"), []byte(blocks[0]), 0o644))
	scaffold, err := os.ReadFile(filepath.Join(dir, "refunds_test.go"))
	require.NoError(t, err)
	imports, _, found := strings.Cut(string(scaffold), "func TestRefunds")
	require.True(t, found)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "refunds_test.go"), []byte(imports+blocks[1]), 0o644))
	require.Contains(t, testFlows(t, copied, root, "^TestRefunds$"), "--- PASS: TestRefunds")
}

func TestNamesThatCannotBeAFlow(t *testing.T) {
	t.Parallel()
	copied, _ := repository(t)
	before := listing(t, copied)
	for name, words := range map[string]string{
		"":          "is no name for a flow",
		"Refunds":   "is no name for a flow",
		"my-flow":   "is no name for a flow",
		"../escape": "is no name for a flow",
		"a_test":    "is no name for a flow",
		"2refunds":  "is no name for a flow",
		"환불":        "is no name for a flow",
		"assistant": "exists already",
		"flows":     "exists already",
		"texts":     "exists already",
		"all":       "All in workflows/flows/flows.go has this name already",
		"default":   "Default in workflows/flows/flows.go has this name already",
	} {
		require.ErrorContains(t, newFlow(copied, name, io.Discard), words)
	}
	require.Equal(t, before, listing(t, copied), "nothing was written")
	require.ErrorContains(t, newFlow(t.TempDir(), "refunds", io.Discard), "run this in the repository")
	require.NoError(t, newFlow(copied, "refunds", io.Discard))
	require.ErrorContains(t, newFlow(copied, "refunds", io.Discard), "exists already")
}

// listing is every file with its text.
func listing(t *testing.T, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	files, err := filepath.Glob(filepath.Join(root, "workflows", "flows", "*"))
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		all[file] = string(text)
	}
	return all
}
