package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// exampleFiles are those of docs/taskrouter.md.
func exampleFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../docs/examples/taskrouter/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

func TestImportTaskRouter(t *testing.T) {
	t.Parallel()
	var out, report bytes.Buffer
	require.NoError(t, importTaskRouter(exampleFiles(t), &out, &report))
	require.Contains(t, out.String(), "members_when: \"'support' in list(at(agent.attributes, 'routing.skills'))\"")
	require.Contains(t, out.String(), "webchat: 3")
	require.Contains(t, report.String(), "not carried over: ")
	for line := range strings.Lines(report.String()) {
		require.Contains(t, out.String(), "# "+line, "what is told is in the file too")
	}

	out.Reset()
	args := append([]string{"--strict", "--channel", "chat=whatsapp"}, exampleFiles(t)...)
	err := importTaskRouter(append(args, "--email-domain=shop.example"), &out, &report)
	require.ErrorIs(t, err, errFindings)
	require.ErrorContains(t, err, "9 findings")
	require.Contains(t, out.String(), "whatsapp: 3")
	require.Contains(t, out.String(), "email: cleo@shop.example")

	plain := filepath.Join(t.TempDir(), "queue.json")
	require.NoError(t, os.WriteFile(plain, []byte(`{"sid": "WQ1", "friendly_name": "All"}`), 0o600))
	report.Reset()
	require.NoError(t, importTaskRouter([]string{plain, "--strict"}, &out, &report))
	require.Empty(t, report.String())
}

func TestImportTaskRouterRefuses(t *testing.T) {
	t.Parallel()
	broken := filepath.Join(t.TempDir(), "broken.json")
	require.NoError(t, os.WriteFile(broken, []byte("{\n oops"), 0o600))
	for words, args := range map[string][]string{
		"give the files":                       nil,
		"no such file":                         {"nowhere.json"},
		"line 2, column 2":                     {broken},
		"is not like chat=webchat":             {broken, "--channel", "chat"},
		"use it as: seax import taskrouter":    {"--colour", broken},
		"nothing was imported":                 append([]string{broken}, exampleFiles(t)...),
		"WK00000000000000000000000000000001 w": append(exampleFiles(t), exampleFiles(t)...),
	} {
		var out, report bytes.Buffer
		err := importTaskRouter(args, &out, &report)
		require.ErrorContains(t, err, words)
		require.Empty(t, out.String())
	}
	require.ErrorIs(t, run(t.Context(), []string{"import"}, &bytes.Buffer{}), errUsage)
	require.ErrorIs(t, run(t.Context(), []string{"import", "excel"}, &bytes.Buffer{}), errUsage)
	require.ErrorContains(t, run(t.Context(), []string{"import", "taskrouter"}, &bytes.Buffer{}), "give the files")
}
