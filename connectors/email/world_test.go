package email_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/email"
	"seax/connectors/email/emailfake"
	"seax/internal/blob"
	"seax/internal/clocktest"
	"seax/internal/conversation"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const support = "support@shop.example"

// world is the connector with mail servers around it.
type world struct {
	*emailfake.Fake
	connector *email.Connector
	account   connectors.Account
	clock     *clocktest.Clock
	files     *store
}

func newWorld(t testing.TB, transport string, more map[string]string) *world {
	t.Helper()
	w := &world{clock: clocktest.At(start), files: &store{content: map[uuid.UUID][]byte{}}}
	certificate, err := emailfake.Certificate()
	require.NoError(t, err)
	w.Fake, err = emailfake.New(w.clock.Now, certificate)
	require.NoError(t, err)
	t.Cleanup(w.Close)
	ports := w.Ports()
	w.account = connectors.Account{
		ID: "mail", Kind: email.Kind, Name: "Shop", Secret: bytes.Repeat([]byte("s"), 32), Secrets: connectors.Secrets{"password": "pa55-of-the-mailbox", "mailgun_key": "k3y-of-mailgun"},
		Settings: map[string]string{
			"transport": transport, "address": support, "sender_name": "Shop Support", "imap_host": emailfake.Host, "imap_port": ports.IMAP, "smtp_host": emailfake.Host, "smtp_port": ports.SMTP, "max_per_hour": "1000",
		},
	}
	if transport == "sendgrid" {
		w.account.Settings["sendgrid_key"] = w.SendGridPublicKey()
	}
	maps.Copy(w.account.Settings, more)
	deps := connectors.Deps{PublicURL: "https://desk.example", Clock: w.clock.Now}
	w.connector = email.New(email.Deps{Deps: deps, TLS: w.TLS(), Files: w.files, FileTypes: []string{"image/*", "application/pdf", "text/plain"}, Poll: 5 * time.Millisecond, Dial: dial})
	w.Password = func(account connectors.Account) (string, string) {
		items := w.connector.Setup(account)
		require.Len(t, items, 1)
		at, err := url.Parse(items[0].Value)
		require.NoError(t, err)
		password, _ := at.User.Password()
		return at.User.Username(), password
	}
	w.Know(w.account, deps.WebhookURL(w.account))
	return w
}

// dial finds the servers on this machine.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host != emailfake.Host {
		return nil, errors.New("there is no such host")
	}
	return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
}

// store is a blob store in memory.
type store struct {
	mu      sync.Mutex
	content map[uuid.UUID][]byte
}

// PutAs implements email.Files.
func (s *store) PutAs(_ context.Context, id uuid.UUID, name, _ string, maxBytes int64, types []string, r io.Reader) (conversation.Attachment, error) {
	content, err := io.ReadAll(r)
	switch {
	case err != nil:
		return conversation.Attachment{}, err
	case int64(len(content)) > maxBytes:
		return conversation.Attachment{}, blob.ErrTooLarge
	case len(content) == 0:
		return conversation.Attachment{}, blob.ErrEmpty
	case bytes.HasPrefix(content, []byte("PK")) || bytes.HasPrefix(content, []byte("MZ")):
		return conversation.Attachment{}, blob.ErrType
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.content[id] = content
	kind := "text/plain"
	if strings.HasSuffix(name, ".png") {
		kind = "image/png"
	}
	return conversation.Attachment{ID: id, Name: name, MediaType: kind, Size: int64(len(content))}, nil
}

// recorder is a feed that keeps what it is given.
type recorder struct {
	mu        sync.Mutex
	events    []connectors.Inbound
	state     []byte
	connected int
	changed   chan struct{}
}

func newRecorder() *recorder { return &recorder{changed: make(chan struct{}, 1)} }

// Accept implements connectors.Feed.
func (r *recorder) Accept(_ context.Context, events []connectors.Inbound, state []byte) ([]connectors.Result, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range events {
		known := false
		for _, old := range r.events {
			known = known || e.ProviderID != "" && old.ProviderID == e.ProviderID
		}
		if !known {
			r.events = append(r.events, e)
		}
	}
	r.state = bytes.Clone(state)
	r.tell()
	return make([]connectors.Result, len(events)), nil
}

// State implements connectors.Feed.
func (r *recorder) State(context.Context) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.Clone(r.state), nil
}

// Connected implements connectors.Feed.
func (r *recorder) Connected() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.connected++
	r.tell()
}

func (r *recorder) tell() {
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

// until waits until what was heard fulfils a condition.
func (r *recorder) until(t *testing.T, done func(events []connectors.Inbound, connected int) bool) []connectors.Inbound {
	t.Helper()
	for {
		r.mu.Lock()
		events, connected := r.events, r.connected
		r.mu.Unlock()
		if done(events, connected) {
			return events
		}
		select {
		case <-r.changed:
		case <-t.Context().Done():
			t.Fatal("it was not heard")
		}
	}
}

func count(n int) func([]connectors.Inbound, int) bool {
	return func(events []connectors.Inbound, _ int) bool { return len(events) >= n }
}

func up(_ []connectors.Inbound, connected int) bool { return connected > 0 }

// listen runs the listener until stop, again when the connection is lost.
func (w *world) listen(t *testing.T, feed *recorder) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_ = w.connector.Listen(ctx, w.account, feed)
		}
	}()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(stop)
	feed.until(t, up)
	return stop
}

// post hands an email over as the provider does, and returns what the connector makes of it.
func (w *world) post(t *testing.T, l *emailfake.Letter) []connectors.Inbound {
	t.Helper()
	r, err := w.Request(w.account, l)
	require.NoError(t, err)
	return w.parse(t, r)
}

func (w *world) parse(t *testing.T, r *connectors.Request) []connectors.Inbound {
	t.Helper()
	caller, err := w.connector.Authenticate(t.Context(), w.account, r)
	require.NoError(t, err)
	batch, err := w.connector.Parse(t.Context(), w.account, caller, r)
	require.NoError(t, err)
	return batch.Events
}

// postRaw hands an email over as it is.
func (w *world) postRaw(t *testing.T, raw string) connectors.Inbound {
	t.Helper()
	events := w.parse(t, w.Raw(w.account, []byte(raw)))
	require.Len(t, events, 1)
	return events[0]
}

func (w *world) letter(text string) *emailfake.Letter {
	return &emailfake.Letter{ID: uuid.NewString() + "@customer.example", From: "ana@customer.example", Name: "Ana", To: support, Subject: "My order", Text: text, At: start}
}

func (w *world) send(t *testing.T, out connectors.Outgoing) connectors.Receipt {
	t.Helper()
	receipt, err := w.connector.Send(t.Context(), w.account, out)
	require.NoError(t, err)
	return receipt
}

func out(text string) connectors.Outgoing {
	return connectors.Outgoing{
		ID: uuid.NewString(), Address: "ana@customer.example", From: conversation.Actor{Kind: conversation.ByAgent, Name: "Mina"}, Message: conversation.Message{Text: text}, At: start,
	}
}
