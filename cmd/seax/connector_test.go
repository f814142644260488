package main

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// connectorsCopy is a copy of the module as far as connectors need it; root is where the module is.
func connectorsCopy(t *testing.T) (copied, root string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	copied = t.TempDir()
	for _, dir := range []string{"connectors", "internal"} {
		require.NoError(t, os.CopyFS(filepath.Join(copied, dir), os.DirFS(filepath.Join(root, dir))))
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, file))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(copied, file), text, 0o644))
	}
	return copied, root
}

// testConnector runs a connector's tests in the copied module.
func testConnector(t *testing.T, copied, name string) string {
	t.Helper()
	test := exec.CommandContext(t.Context(), "go", "test", "-v", "./connectors/"+name)
	test.Dir = copied
	result, err := test.CombinedOutput()
	require.NoError(t, err, string(result))
	return string(result)
}

// written is every file of a connector with its text.
func written(t *testing.T, copied, name string) map[string]string {
	t.Helper()
	dir := filepath.Join(copied, "connectors", name)
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := filepath.Rel(dir, path)
		all[file] = string(text)
		return err
	}))
	return all
}

// What a developer gets compiles and conforms before they change anything, and says where to.
func TestANewConnectorConforms(t *testing.T) {
	t.Parallel()
	copied, _ := connectorsCopy(t)
	var out bytes.Buffer
	require.NoError(t, newConnector(copied, "x2", &out))
	require.Contains(t, out.String(), "x2.New(deps),")
	files := written(t, copied, "x2")
	require.Len(t, files, 5)
	for file, text := range files {
		require.Contains(t, text, "CHANGE:", file)
	}
	result := testConnector(t, copied, "x2")
	require.Contains(t, result, "--- PASS: TestConforms")
	require.Contains(t, result, "--- PASS: TestConforms/knows_lost_requests_from_lost_answers")
	unformatted, err := exec.CommandContext(t.Context(), "gofmt", "-l", filepath.Join(copied, "connectors", "x2")).CombinedOutput()
	require.NoError(t, err)
	require.Empty(t, string(unformatted))
}

// Who does what docs/connectors.md says, step by step, ends with a connector that conforms. What the guide shows of the connector is what is
// written; files that it shows whole are added.
func TestTheConnectorsGuideWorksAsWritten(t *testing.T) {
	t.Parallel()
	copied, root := connectorsCopy(t)
	guide, err := os.ReadFile(filepath.Join(root, "docs", "connectors.md"))
	require.NoError(t, err)
	require.Contains(t, string(guide), "`go run ./cmd/seax connector new parcel`")
	require.NoError(t, newConnector(copied, "parcel", io.Discard))
	var all strings.Builder
	for _, text := range written(t, copied, "parcel") {
		all.WriteString(text)
	}
	shown, added := 0, 0
	for _, part := range strings.Split(string(guide), "```go\n")[1:] {
		block, _, ended := strings.Cut(part, "```\n")
		require.True(t, ended)
		if file, source, whole := strings.Cut(block, "\n"); whole && strings.HasPrefix(source, "package parcel\n") {
			name := strings.TrimPrefix(file, "// connectors/parcel/")
			require.NoError(t, os.WriteFile(filepath.Join(copied, "connectors", "parcel", name), []byte(source), 0o644))
			added++
			continue
		}
		require.Contains(t, all.String(), block)
		shown++
	}
	require.Positive(t, added)
	require.Positive(t, shown)
	result := testConnector(t, copied, "parcel")
	require.Contains(t, result, "--- PASS: TestConforms/sends_customers_to_it_by_a_link")
}

// The guide names every kind's page and every ability, and its links lead somewhere.
func TestTheConnectorsGuideIsComplete(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/connectors.md")
	require.NoError(t, err)
	pages, err := filepath.Glob("../../docs/channels/*.md")
	require.NoError(t, err)
	for _, page := range pages {
		require.Contains(t, string(guide), "channels/"+filepath.Base(page))
	}
	sources, err := filepath.Glob("../../connectors/*/*.go")
	require.NoError(t, err)
	for _, source := range sources {
		text, err := os.ReadFile(source)
		require.NoError(t, err)
		for _, kind := range regexp.MustCompile(`(?m)^(?:const )?\s*Kind\w* += "(.+)"$`).FindAllStringSubmatch(string(text), -1) {
			if !strings.HasPrefix(kind[1], "simulator") {
				require.Contains(t, string(guide), "`"+kind[1]+"`")
			}
		}
	}
	abilities, err := os.ReadFile("../../connectors/ability.go")
	require.NoError(t, err)
	for _, found := range regexp.MustCompile(`(?m)^type (\w+) interface`).FindAllStringSubmatch(string(abilities), -1) {
		if found[1] != "Feed" && found[1] != "Fetcher" {
			require.Contains(t, string(guide), "`"+found[1]+"`")
		}
	}
	for _, link := range regexp.MustCompile(`\]\(([^):#]+)(#[^)]*)?\)`).FindAllStringSubmatch(string(guide), -1) {
		_, err := os.Stat(filepath.Join("../../docs", link[1]))
		require.NoError(t, err, "%s", link[1])
	}
}

func TestNamesThatCannotBeAConnector(t *testing.T) {
	t.Parallel()
	copied, _ := connectorsCopy(t)
	before := written(t, copied, ".")
	for name, words := range map[string]string{
		"":          "is no name for a connector",
		"Parcel":    "is no name for a connector",
		"my-parcel": "is no name for a connector",
		"../escape": "is no name for a connector",
		"2parcel":   "is no name for a connector",
		"택배":        "is no name for a connector",
		"type":      "means something else in Go",
		"json":      "means something else in Go",
		"internal":  "means something else in Go",
		"line":      "exists already",
		"whatsapp":  "is the kind of connectors/meta already",
	} {
		require.ErrorContains(t, newConnector(copied, name, io.Discard), words)
	}
	require.Equal(t, before, written(t, copied, "."), "nothing was written")
	require.ErrorContains(t, newConnector(t.TempDir(), "parcel", io.Discard), "run this in the repository")
	require.NoError(t, newConnector(copied, "parcel", io.Discard))
	require.ErrorContains(t, newConnector(copied, "parcel", io.Discard), "exists already")
}
