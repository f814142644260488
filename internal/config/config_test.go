package config_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/internal/config"
)

// set clears what could be set outside and sets these.
func set(t *testing.T, values map[string]string) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "SEAX_") || name == "TEMPORAL_NAMESPACE" {
			t.Setenv(name, "")
		}
	}
	for name, value := range values {
		t.Setenv(name, value)
	}
}

func TestDefaults(t *testing.T) { //nolint:paralleltest // the environment is everybody's
	set(t, nil)
	c, err := config.FromEnv()
	require.NoError(t, err)
	require.Equal(t, config.Config{
		DatabaseConns: 10, WorkflowCache: 500, HTTPAddr: "127.0.0.1:8080", PublicURL: "http://127.0.0.1:8080", TemporalNamespace: "default", Bot: "kb",
		BotTimeout: 8 * time.Second, LogLevel: "info",
	}, c)
	require.EqualError(t, c.NeedDatabase(), "SEAX_DATABASE_URL is not set; give it the address of a Postgres database, like postgres://user:password@host/seax")
}

func TestEverySettingIsRead(t *testing.T) { //nolint:paralleltest // the environment is everybody's
	set(t, map[string]string{
		"SEAX_DATABASE_URL": "postgres://db/seax", "SEAX_DATABASE_CONNS": "4", "SEAX_WORKFLOW_CACHE": "50", "SEAX_HTTP_ADDR": ":80", "SEAX_PUBLIC_URL": "https://seax.example/",
		"SEAX_FILES_URL": "s3://files", "SEAX_TEMPORAL_UI_URL": "https://temporal.example/", "TEMPORAL_NAMESPACE": "seax", "SEAX_TRUST_PROXY": "true",
		"SEAX_BOT": "rasa", "SEAX_RASA_URL": "http://rasa:5005", "SEAX_RASA_TOKEN": "token", "SEAX_BOT_TIMEOUT": "3s", "SEAX_LEASE": "30s",
		"SEAX_RETURN_GRACE": "1m", "SEAX_LOG_LEVEL": "debug",
	})
	c, err := config.FromEnv()
	require.NoError(t, err)
	require.Equal(t, config.Config{
		DatabaseURL: "postgres://db/seax", DatabaseConns: 4, WorkflowCache: 50, HTTPAddr: ":80", PublicURL: "https://seax.example", FilesURL: "s3://files",
		TemporalUI: "https://temporal.example", TemporalNamespace: "seax", TrustProxy: true, Bot: "rasa", RasaURL: "http://rasa:5005", RasaToken: "token",
		BotTimeout: 3 * time.Second, Lease: 30 * time.Second, ReturnGrace: time.Minute, LogLevel: "debug",
	}, c)
	require.NoError(t, c.NeedDatabase())
}

func TestEveryMistakeIsOneClearSentence(t *testing.T) { //nolint:paralleltest // the environment is everybody's
	mistakes := map[string]struct{ name, value string }{
		`SEAX_BOT_TIMEOUT is "8"; give a duration like 20s`:                                            {"SEAX_BOT_TIMEOUT", "8"},
		`SEAX_LEASE is "-1s"; give a duration like 20s`:                                                {"SEAX_LEASE", "-1s"},
		`SEAX_RETURN_GRACE is "soon"; give a duration like 20s`:                                        {"SEAX_RETURN_GRACE", "soon"},
		`SEAX_DATABASE_CONNS is "3"; give a number from 4 to 10000`:                                    {"SEAX_DATABASE_CONNS", "3"},
		`SEAX_DATABASE_CONNS is "many"; give a number from 4 to 10000`:                                 {"SEAX_DATABASE_CONNS", "many"},
		`SEAX_DATABASE_CONNS is "10001"; give a number from 4 to 10000`:                                {"SEAX_DATABASE_CONNS", "10001"},
		`SEAX_WORKFLOW_CACHE is "0"; give a number from 10 to 100000`:                                  {"SEAX_WORKFLOW_CACHE", "0"},
		`SEAX_TRUST_PROXY is "maybe"; give true or false`:                                              {"SEAX_TRUST_PROXY", "maybe"},
		`SEAX_BOT is "gpt"; there are kb and rasa`:                                                     {"SEAX_BOT", "gpt"},
		`SEAX_BOT is rasa, so SEAX_RASA_URL must be its address, like http://localhost:5005; it is ""`: {"SEAX_BOT", "rasa"},
		`SEAX_PROVIDER_CA is "/dev/null"; give a file with certificates in PEM`:                        {"SEAX_PROVIDER_CA", "/dev/null"},
		`SEAX_LOG_LEVEL is "loud"; there are debug, info, warn and error`:                              {"SEAX_LOG_LEVEL", "loud"},
		`SEAX_HTTP_ADDR is "8080"; give host and port, like 127.0.0.1:8080`:                            {"SEAX_HTTP_ADDR", "8080"},
		`SEAX_PUBLIC_URL is "seax.example"; give an address like https://seax.example.com`:             {"SEAX_PUBLIC_URL", "seax.example"},
		`SEAX_TEMPORAL_UI_URL is "localhost:8233"; give an address like http://localhost:8233`:         {"SEAX_TEMPORAL_UI_URL", "localhost:8233"},
	}
	all := map[string]string{}
	for words, m := range mistakes {
		set(t, map[string]string{m.name: m.value})
		_, err := config.FromEnv()
		require.EqualError(t, err, words)
		all[m.name] = m.value
	}
	all["SEAX_BOT"] = "gpt"
	set(t, all)
	_, err := config.FromEnv()
	require.Len(t, strings.Split(err.Error(), "\n"), len(all), "all are told at once, a line each")
}

func TestEverySettingIsInTheDocs(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("config.go")
	require.NoError(t, err)
	docs, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	for _, name := range regexp.MustCompile(`"SEAX_[A-Z_]+"`).FindAllString(string(source), -1) {
		require.Contains(t, string(docs), "`"+strings.Trim(name, `"`)+"`")
	}
}
