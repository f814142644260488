package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"seax/internal/simulation"
)

func TestSimulate(t *testing.T) {
	t.Parallel()
	const shop, korean = "../../docs/scenarios/shop.yaml", "../../docs/scenarios/shop-korean.yaml"
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"simulate", shop, "--compare", korean, "--seed", "3", "--json", file("a.json"), "--csv", file("a.csv"), "--html", file("a.html")}, &out))
	require.Contains(t, out.String(), "Both met the same customers.")
	require.Contains(t, out.String(), "Seed 3, ")
	for name, begins := range map[string]string{"a.json": "{\n  \"before\"", "a.csv": "scenario,of,name", "a.html": "<!doctype html>"} {
		text, err := os.ReadFile(file(name))
		require.NoError(t, err)
		require.True(t, bytes.HasPrefix(text, []byte(begins)), name)
	}
	for want, args := range map[string][]string{
		"give one scenario":             {"simulate"},
		"give one scenario: seax":       {"simulate", shop, korean},
		"flag provided but not defined": {"simulate", shop, "--speed", "3"},
		"nothing.yaml: no such file":    {"simulate", "nothing.yaml"},
		"no such file or directory":     {"simulate", shop, "--html", file("none/a.html")},
		"invalid value \"x\" for flag":  {"simulate", shop, "--seed", "x"},
	} {
		require.ErrorContains(t, run(t.Context(), args, &out), want)
	}
	require.NoError(t, os.WriteFile(file("bad.yaml"), []byte("duration: -8h"), 0o600))
	err := run(t.Context(), []string{"simulate", file("bad.yaml")}, &out)
	require.ErrorIs(t, err, simulation.ErrScenario)
	require.ErrorContains(t, err, "[1:11] -8h0m0s is negative")
}
