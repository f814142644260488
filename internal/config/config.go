// Package config reads what can be set from outside: environment variables, all of them here, with their defaults.
package config

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"seax/internal/secret"
)

// Config is what can be set. Temporal's own settings (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TLS …) are read
// by its SDK's environment configuration.
type Config struct {
	// DatabaseURL (SEAX_DATABASE_URL) is where Postgres is.
	DatabaseURL string
	// DatabaseConns (SEAX_DATABASE_CONNS) bounds connections of one process, beside the few that are kept for what customers
	// send; default 10. More than Postgres has processors for only make each other wait.
	DatabaseConns int
	// WorkflowCache (SEAX_WORKFLOW_CACHE) is how many conversations a worker holds in memory; default 500. One that is not
	// there is read from Temporal and replayed when something happens in it.
	WorkflowCache int
	// HTTPAddr (SEAX_HTTP_ADDR) is where the API listens; default 127.0.0.1:8080.
	HTTPAddr string
	// PublicURL (SEAX_PUBLIC_URL) is how browsers and providers reach the API; default http://HTTPAddr.
	PublicURL string
	// FilesURL (SEAX_FILES_URL) is the bucket for attachments (file:///path, s3://…, as Go CDK names them).
	FilesURL string
	// TemporalUI (SEAX_TEMPORAL_UI_URL) is where the Temporal UI is, for links; "" for none.
	TemporalUI string
	// TemporalNamespace is for links into the UI (TEMPORAL_NAMESPACE); default "default".
	TemporalNamespace string
	// TrustProxy (SEAX_TRUST_PROXY) believes X-Forwarded-* headers.
	TrustProxy bool
	// SecretKeys (SEAX_SECRET_KEY) seal channels' credentials: 32 bytes in base64, several separated by commas (the first seals, all open);
	// none: a key that is made at first and kept in the database.
	SecretKeys [][]byte
	// PrivateNetworks (SEAX_PRIVATE_NETWORKS) may be connected to although they are not public: for systems of your own behind
	// custom channels. Networks like 10.1.0.0/16, separated by commas.
	PrivateNetworks []netip.Prefix
	// ProviderProxy (SEAX_PROVIDER_PROXY) gets all calls that are meant for providers, with their Host: for providers' fakes.
	ProviderProxy *url.URL
	// ProviderHosts are the hosts that ProviderProxy stands in for; none: for all.
	ProviderHosts []string
	// ProviderCA (SEAX_PROVIDER_CA, a file) are certificates, in PEM, that fakes of mail servers behind ProviderProxy may show.
	ProviderCA []byte
	// Bot (SEAX_BOT) is kb (the knowledge base) or rasa; default kb.
	Bot string
	// RasaURL (SEAX_RASA_URL) and RasaToken (SEAX_RASA_TOKEN) are for SEAX_BOT=rasa.
	RasaURL, RasaToken string
	// BotTimeout (SEAX_BOT_TIMEOUT) bounds one answer of the bot; default 8s.
	BotTimeout time.Duration
	// Lease (SEAX_LEASE), ReturnGrace (SEAX_RETURN_GRACE): see dispatch.Timings; zero: its defaults.
	Lease, ReturnGrace time.Duration
	// LogLevel (SEAX_LOG_LEVEL): debug, info, warn, error; default info.
	LogLevel string
}

// FromEnv reads the environment. It reports everything that is wrong at once, in words.
func FromEnv() (Config, error) {
	var problems []error
	duration := func(name string, fallback time.Duration) time.Duration {
		text := os.Getenv(name)
		if text == "" {
			return fallback
		}
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			problems = append(problems, fmt.Errorf("%s is %q; give a duration like 20s", name, text))
			return fallback
		}
		return d
	}
	c := Config{
		DatabaseURL: os.Getenv("SEAX_DATABASE_URL"), HTTPAddr: or(os.Getenv("SEAX_HTTP_ADDR"), "127.0.0.1:8080"),
		PublicURL: strings.TrimSuffix(os.Getenv("SEAX_PUBLIC_URL"), "/"), FilesURL: os.Getenv("SEAX_FILES_URL"),
		TemporalUI: strings.TrimSuffix(os.Getenv("SEAX_TEMPORAL_UI_URL"), "/"), TemporalNamespace: or(os.Getenv("TEMPORAL_NAMESPACE"), "default"),
		Bot: or(os.Getenv("SEAX_BOT"), "kb"), RasaURL: os.Getenv("SEAX_RASA_URL"), RasaToken: os.Getenv("SEAX_RASA_TOKEN"),
		LogLevel:   or(os.Getenv("SEAX_LOG_LEVEL"), "info"),
		BotTimeout: duration("SEAX_BOT_TIMEOUT", 8*time.Second), Lease: duration("SEAX_LEASE", 0), ReturnGrace: duration("SEAX_RETURN_GRACE", 0),
	}
	number := func(name string, least, most, otherwise int) int {
		text := os.Getenv(name)
		if text == "" {
			return otherwise
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < least || n > most {
			problems = append(problems, fmt.Errorf("%s is %q; give a number from %d to %d", name, text, least, most))
		}
		return n
	}
	c.DatabaseConns = number("SEAX_DATABASE_CONNS", 4, 10_000, 10)
	c.WorkflowCache = number("SEAX_WORKFLOW_CACHE", 10, 100_000, 500)
	if text := os.Getenv("SEAX_TRUST_PROXY"); text != "" {
		trust, err := strconv.ParseBool(text)
		if err != nil {
			problems = append(problems, fmt.Errorf("SEAX_TRUST_PROXY is %q; give true or false", text))
		}
		c.TrustProxy = trust
	}
	problems = append(problems, c.readChannels()...)
	if c.PublicURL == "" {
		c.PublicURL = "http://" + c.HTTPAddr
	}
	problems = append(problems, c.check()...)
	return c, errors.Join(problems...)
}

// readChannels reads what channels need.
func (c *Config) readChannels() []error {
	var problems []error
	if text := os.Getenv("SEAX_SECRET_KEY"); text != "" {
		keys, err := secret.ParseKeys(text)
		if err != nil {
			problems = append(problems, fmt.Errorf("SEAX_SECRET_KEY is not a key: %w", err))
		}
		c.SecretKeys = keys
	}
	for _, text := range strings.FieldsFunc(os.Getenv("SEAX_PRIVATE_NETWORKS"), func(r rune) bool { return r == ',' || r == ' ' }) {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			problems = append(problems, fmt.Errorf("SEAX_PRIVATE_NETWORKS names %q; give networks like 10.1.0.0/16", text))
			continue
		}
		c.PrivateNetworks = append(c.PrivateNetworks, network)
	}
	if text := os.Getenv("SEAX_PROVIDER_PROXY"); text != "" {
		if !isAddress(text) {
			problems = append(problems, fmt.Errorf("SEAX_PROVIDER_PROXY is %q; give an address like http://127.0.0.1:9999", text))
		} else {
			c.ProviderProxy, _ = url.Parse(text)
		}
	}
	if file := os.Getenv("SEAX_PROVIDER_CA"); file != "" {
		var err error
		if c.ProviderCA, err = os.ReadFile(file); err != nil || !x509.NewCertPool().AppendCertsFromPEM(c.ProviderCA) {
			problems = append(problems, fmt.Errorf("SEAX_PROVIDER_CA is %q; give a file with certificates in PEM", file))
		}
	}
	return problems
}

func (c Config) check() []error {
	var problems []error
	if _, port, err := net.SplitHostPort(c.HTTPAddr); err != nil || port == "" {
		problems = append(problems, fmt.Errorf("SEAX_HTTP_ADDR is %q; give host and port, like 127.0.0.1:8080", c.HTTPAddr))
	}
	if !isAddress(c.PublicURL) {
		problems = append(problems, fmt.Errorf("SEAX_PUBLIC_URL is %q; give an address like https://seax.example.com", c.PublicURL))
	}
	if c.TemporalUI != "" && !isAddress(c.TemporalUI) {
		problems = append(problems, fmt.Errorf("SEAX_TEMPORAL_UI_URL is %q; give an address like http://localhost:8233", c.TemporalUI))
	}
	switch c.Bot {
	case "kb":
	case "rasa":
		if !isAddress(c.RasaURL) {
			problems = append(problems, fmt.Errorf("SEAX_BOT is rasa, so SEAX_RASA_URL must be its address, like http://localhost:5005; it is %q", c.RasaURL))
		}
	default:
		problems = append(problems, fmt.Errorf("SEAX_BOT is %q; there are kb and rasa", c.Bot))
	}
	switch c.LogLevel {
	case "debug", "info", "warn", "error":
	default:
		problems = append(problems, fmt.Errorf("SEAX_LOG_LEVEL is %q; there are debug, info, warn and error", c.LogLevel))
	}
	return problems
}

func isAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// NeedDatabase reports in words when no database is set.
func (c Config) NeedDatabase() error {
	if c.DatabaseURL == "" {
		return errors.New("SEAX_DATABASE_URL is not set; give it the address of a Postgres database, like postgres://user:password@host/seax")
	}
	return nil
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
