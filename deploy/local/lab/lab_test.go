package lab_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/email"
	"seax/connectors/fake"
	"seax/connectors/line"
	"seax/connectors/twilio"
	"seax/connectors/wire"
	"seax/deploy/local/lab"
	"seax/internal/store/storetest"
)

const phone = "+821055501234"

// world is a lab beside somebody who takes its webhooks.
type world struct {
	*lab.Lab
	t       *testing.T
	base    string
	arrived chan *connectors.Request
	// deps are what connectors are made with that call the lab.
	deps connectors.Deps
	// dial and tls are how mail servers are called.
	dial wire.Dial
	tls  *tls.Config
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, arrived: make(chan *connectors.Request, 100)}
	seax := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.arrived <- &connectors.Request{Method: r.Method, URL: r.URL, Header: r.Header, Body: body}
	}))
	t.Cleanup(seax.Close)
	pool := storetest.New(t)
	_, err := pool.Exec(t.Context(), `insert into queues (id, name) values ('support', '{"en": "Support"}')`)
	require.NoError(t, err)
	certificate, authority, err := lab.MailCertificate()
	require.NoError(t, err)
	w.tls = &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	require.True(t, w.tls.RootCAs.AppendCertsFromPEM(authority))
	w.Lab, err = lab.New(t.Context(), lab.Options{Pool: pool, PublicURL: seax.URL, Certificate: &certificate})
	require.NoError(t, err)
	require.NoError(t, w.Open(t.Context(), "assistant", "support"))
	require.NoError(t, w.Open(t.Context(), "assistant", "support"), "a second time there is nothing to do")
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w.Serve(listener)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	at := &url.URL{Scheme: "http", Host: listener.Addr().String()}
	w.base, w.dial = at.String(), wire.Tunnel(at, nil, nil)
	w.deps = connectors.Deps{HTTP: wire.NewClient(wire.Through(http.DefaultTransport, at)), PublicURL: seax.URL, Clock: time.Now}
	return w
}

func (w *world) account(kind string) connectors.Account {
	w.t.Helper()
	a, ok := w.Account(lab.ID(kind))
	require.True(w.t, ok, kind)
	return a
}

// arrival is the next webhook of an account; what others still report is passed over.
func (w *world) arrival(account connectors.Account) *connectors.Request {
	for {
		if r := <-w.arrived; strings.HasSuffix(r.URL.Path, "/"+account.ID) {
			return r
		}
	}
}

func (w *world) call(method, path string, body any, into any) int {
	w.t.Helper()
	encoded, err := json.Marshal(body)
	require.NoError(w.t, err)
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.base+path, bytes.NewReader(encoded))
	require.NoError(w.t, err)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	require.NoError(w.t, err)
	defer func() { _ = res.Body.Close() }()
	if into != nil {
		require.NoError(w.t, json.NewDecoder(res.Body).Decode(into))
	}
	return res.StatusCode
}

type screen struct {
	Items []struct {
		ID      string
		Mine    bool
		Subject string
		HTML    string
		From    string
		To      string
		Text    string
		Files   []struct{ Name, URL string }
		Note    string
		Status  string
	}
}

func (w *world) screen(kind string) (s screen) {
	w.t.Helper()
	require.Equal(w.t, http.StatusOK, w.call(http.MethodGet, "/api/screen?channel="+lab.ID(kind)+"&phone="+url.QueryEscape(phone), nil, &s))
	return s
}

// wire are the last exchanges with a provider, the newest first.
func (w *world) wire(provider string) (all []lab.Exchange) {
	w.t.Helper()
	require.Equal(w.t, http.StatusOK, w.call(http.MethodGet, "/api/wire?provider="+provider, nil, &all))
	return all
}

// exchange waits for one with a provider, by what is said in it: it is on the wire once it is answered.
func (w *world) exchange(provider, method, says string) (found lab.Exchange) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		all := w.wire(provider)
		n := slices.IndexFunc(all, func(e lab.Exchange) bool { return e.Method == method && strings.Contains(e.Body, says) })
		if n >= 0 {
			found = all[n]
		}
		return n >= 0
	}, 10*time.Second, 5*time.Millisecond)
	return found
}

func TestWebhooksAreSignedAndAnswersArrive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for kind, connector := range map[string]connectors.Connector{"sms": twilio.NewSMS(w.deps), "whatsapp-twilio": twilio.NewWhatsApp(w.deps), "line": line.New(w.deps), "email": email.New(w.mail())} {
		account := w.account(kind)
		require.Equal(t, http.StatusOK, w.call(http.MethodPost, "/api/act", map[string]any{"channel": account.ID, "phone": phone, "type": "message", "text": "Hello"}, nil))
		r := w.arrival(account)
		caller, err := connector.Authenticate(t.Context(), account, r)
		require.NoError(t, err, kind)
		batch, err := connector.Parse(t.Context(), account, caller, r)
		require.NoError(t, err, kind)
		require.Equal(t, "Hello", batch.Events[0].Message.Text)
		require.Equal(t, w.Address(account, phone), batch.Events[0].Address)

		out := connectors.Outgoing{ID: "0190aaaa-0000-7000-8000-000000000001", Address: batch.Events[0].Address}
		out.Message.Text = "Good morning"
		_, err = connector.Send(t.Context(), account, out)
		require.NoError(t, err, kind)
		require.Eventually(t, func() bool {
			s := w.screen(kind)
			return len(s.Items) == 2 && s.Items[0].Mine && s.Items[0].Status == "taken" && s.Items[1].Text == "Good morning"
		}, 10*time.Second, 10*time.Millisecond, kind)
	}
	out := w.exchange("LINE", http.MethodPost, "Good morning")
	require.True(t, out.Out)
	require.Equal(t, "https://api.line.me/v2/bot/message/push", out.URL)
	in := w.exchange("LINE", http.MethodPost, "Hello")
	require.Contains(t, strings.Join(in.Header, "\n"), "X-Line-Signature")
}

func TestTheSameNumberIsTheSamePersonWhereTheNetworkGoesByNumbers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen := map[string]string{}
	for _, kind := range []string{"messenger-twilio", "messenger", "instagram", "line", "telegram", "discord", "gbm", "email"} {
		address := w.Address(w.account(kind), phone)
		require.Equal(t, address, w.Address(w.account(kind), phone))
		require.NotContains(t, seen, address)
		seen[address] = kind
	}
	for _, kind := range []string{"sms", "whatsapp", "whatsapp-twilio", "rcs"} {
		require.Equal(t, phone, w.Address(w.account(kind), phone))
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sms, account := twilio.NewSMS(w.deps), w.account("sms")
	out := connectors.Outgoing{ID: "0190aaaa-0000-7000-8000-000000000001", Address: phone}
	out.Message.Text = "Good morning"
	require.Equal(t, http.StatusOK, w.call(http.MethodPut, "/control/sms/mood", fake.Mood{Cut: 1}, nil))
	_, err := sms.Send(t.Context(), account, out)
	var failed *connectors.SendError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, connectors.CodeAmbiguous, failed.Code)
	require.Len(t, w.Twilio.Sent(phone), 1, "it was carried out")
	require.Equal(t, http.StatusOK, w.call(http.MethodPut, "/control/sms/mood", fake.Mood{Throttle: 1, RetryAfter: 3}, nil))
	_, err = sms.Send(t.Context(), account, out)
	require.ErrorAs(t, err, &failed)
	require.Equal(t, connectors.CodeThrottled, failed.Code)
	require.Len(t, w.Twilio.Sent(phone), 1)
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, http.StatusBadRequest, w.call(http.MethodPost, "/api/act", map[string]any{"channel": "lab-sms", "phone": "12", "type": "message"}, nil))
	require.Equal(t, http.StatusBadRequest, w.call(http.MethodPost, "/api/act", map[string]any{"channel": "none", "phone": phone, "type": "message"}, nil))
	require.Equal(t, http.StatusBadRequest, w.call(http.MethodPost, "/api/act", map[string]any{"channel": "lab-sms", "phone": phone, "type": "delete"}, nil))

	ask := func(host, kind string) int {
		r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost, w.base+"/api/act", strings.NewReader("{}"))
		require.NoError(t, err)
		r.Host = host
		r.Header.Set("Content-Type", kind)
		res, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
	require.Equal(t, http.StatusBadGateway, ask("evil.example", "application/json"), "under a name that leads here")
	require.Equal(t, http.StatusUnsupportedMediaType, ask("localhost", "text/plain"), "what a form elsewhere can send")
}
