package lab_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/email"
	"seax/connectors/fake"
	"seax/deploy/local/lab"
	"seax/internal/conversation"
)

const customer = "821055501234@customer.example"

func (w *world) mail() email.Deps {
	return email.Deps{Deps: w.deps, Dial: w.dial, TLS: w.tls, Files: &store{}, FileTypes: []string{"*/*"}}
}

// store keeps files that are attached to emails.
type store struct {
	mu  sync.Mutex
	all map[string]string
}

// PutAs implements email.Files.
func (s *store) PutAs(_ context.Context, id uuid.UUID, name, _ string, _ int64, _ []string, r io.Reader) (conversation.Attachment, error) {
	content, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]string{}
	}
	s.all[name] = string(content)
	return conversation.Attachment{ID: id, Name: name, Size: int64(len(content))}, err
}

// act has the customer do something.
func (w *world) act(kind string, what map[string]any) {
	w.t.Helper()
	what["channel"], what["phone"] = lab.ID(kind), phone
	require.Equal(w.t, http.StatusOK, w.call(http.MethodPost, "/api/act", what, nil))
}

// heard is what the connector makes of the next webhook.
func (w *world) heard(c connectors.Connector, account connectors.Account) []connectors.Inbound {
	w.t.Helper()
	r := w.arrival(account)
	caller, err := c.Authenticate(w.t.Context(), account, r)
	require.NoError(w.t, err)
	batch, err := c.Parse(w.t.Context(), account, caller, r)
	require.NoError(w.t, err)
	return batch.Events
}

func TestEmailsBothWays(t *testing.T) { //nolint:tparallel // one thing follows from the other
	t.Parallel()
	w := newWorld(t)
	deps := w.mail()
	c, account := email.New(deps), w.account("email")
	w.act("email", map[string]any{
		"type": "message", "name": "Haneul", "subject": "내 주문", "text": "Where is it?", "html": "<p>Where <b>is</b> it?</p><script>alert(1)</script>",
		"files": []fake.File{{Name: "영수증.txt", MediaType: "text/plain", Content: []byte("receipt")}},
	})
	first := w.heard(c, account)[0]
	require.Equal(t, customer, first.Address)
	require.Equal(t, "Where is it?", first.Message.Text)
	require.Equal(t, "내 주문", first.Message.Email.Subject)
	require.Equal(t, "<p>Where <b>is</b> it?</p>", first.Message.Email.HTML)
	require.Equal(t, "영수증.txt", first.Message.Attachments[0].Name)
	require.Equal(t, "receipt", deps.Files.(*store).all["영수증.txt"])

	answer := connectors.Outgoing{
		ID: uuid.NewString(), Address: first.Address, From: conversation.Actor{Kind: conversation.ByAgent}, Message: conversation.Message{Text: "On Friday."}, Last: connectors.LastInbound{Handle: first.Handle}, At: time.Now(),
		Files: []connectors.File{{Attachment: conversation.Attachment{Name: "plan.txt", MediaType: "text/plain", Size: 4}, Open: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader([]byte("plan"))), nil
		}}},
	}
	receipt, err := c.Send(t.Context(), account, answer)
	require.NoError(t, err)
	items := w.screen("email").Items
	require.Len(t, items, 2)
	require.Equal(t, "Re: 내 주문", items[1].Subject)
	require.Equal(t, "On Friday.", items[1].Text)
	require.Equal(t, account.Settings["address"], items[1].From)
	require.Equal(t, "plan.txt", items[1].Files[0].Name)
	res, err := http.Get(w.base + items[1].Files[0].URL)
	require.NoError(t, err)
	content, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, "plan", string(content))

	sent := w.exchange("Mail", "SMTP", "On Friday.")
	require.Equal(t, "smtp://smtp.mailgun.org/", sent.URL)
	require.Equal(t, 250, sent.Status)
	require.Contains(t, strings.Join(sent.Header, "\n"), "STARTTLS (TLS 1.3)\nAUTH PLAIN support@haru-and-sea.example\nMAIL FROM:<support@haru-and-sea.example>\nRCPT TO:<"+customer+">\nDATA")

	t.Run("an answer goes to the address that names the message, with what came before", func(t *testing.T) {
		w.act("email", map[string]any{"type": "message", "text": "Thank you", "reply_to": receipt.ProviderID})
		events := w.heard(c, account)
		require.Len(t, events, 2)
		require.Equal(t, conversation.StatusDelivered, events[0].Status.Status)
		require.Equal(t, answer.ID, events[1].Answers)
		mine := w.screen("email").Items[2]
		require.Regexp(t, `^support\+[a-z2-7]{39}@haru-and-sea\.example$`, mine.To)
		require.Equal(t, "Re: 내 주문", mine.Subject)
		posted := w.exchange("Mail", http.MethodPost, "In-Reply-To: <"+receipt.ProviderID+">")
		require.Contains(t, posted.Body, "References: <"+strings.TrimPrefix(first.ProviderID, "<"))
		require.Contains(t, posted.Body, `name="signature"`)
	})
	t.Run("a machine's answer is a machine's", func(t *testing.T) {
		w.act("email", map[string]any{"type": "automatic", "subject": "Out of office", "text": "I am away.", "reply_to": receipt.ProviderID})
		events := w.heard(c, account)
		require.Equal(t, connectors.InAutomatic, events[len(events)-1].Type)
	})
	t.Run("what a mailbox sends back", func(t *testing.T) {
		w.act("email", map[string]any{"type": "bounce", "target": receipt.ProviderID})
		update := w.heard(c, account)[0].Status
		require.Equal(t, answer.ID, update.MessageID)
		require.Equal(t, conversation.StatusFailed, update.Status)
		require.Equal(t, http.StatusBadRequest, w.call(http.MethodPost, "/api/act", map[string]any{"channel": "lab-email", "phone": phone, "type": "bounce", "target": "none"}, nil))
	})
}

func TestFaultsOfMailServers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, account := email.New(w.mail()), w.account("email")
	for n, one := range []struct {
		mood  fake.Mood
		code  connectors.ErrorCode
		taken int
	}{
		{fake.Mood{Throttle: 1, RetryAfter: 3}, connectors.CodeThrottled, 0},
		{fake.Mood{Break: 1}, connectors.CodeProvider, 0},
		{fake.Mood{Cut: 1}, connectors.CodeAmbiguous, 1},
	} {
		require.Equal(t, http.StatusOK, w.call(http.MethodPut, "/control/email/mood", one.mood, nil))
		_, err := c.Send(t.Context(), account, connectors.Outgoing{ID: uuid.NewString(), Address: customer, Message: conversation.Message{Text: "Good morning"}, At: time.Now()})
		var failed *connectors.SendError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, one.code, failed.Code)
		if one.mood.RetryAfter > 0 {
			require.Equal(t, 3*time.Second, failed.RetryAfter)
		}
		require.Len(t, w.Mail.Sent(customer), one.taken)
		require.Eventually(t, func() bool { return len(w.wire("Mail")) == n+1 }, 5*time.Second, 5*time.Millisecond)
		require.Equal(t, one.code == connectors.CodeAmbiguous, w.wire("Mail")[0].Lost)
	}
}

// feed is what a listener tells.
type feed struct {
	connected chan struct{}
	events    chan connectors.Inbound
	state     []byte
}

// Accept implements connectors.Feed.
func (f *feed) Accept(_ context.Context, events []connectors.Inbound, state []byte) ([]connectors.Result, error) {
	f.state = state
	for _, e := range events {
		f.events <- e
	}
	return make([]connectors.Result, len(events)), nil
}

// State implements connectors.Feed.
func (f *feed) State(context.Context) ([]byte, error) { return f.state, nil }

// Connected implements connectors.Feed.
func (f *feed) Connected() {
	select {
	case f.connected <- struct{}{}:
	default:
	}
}

func TestAMailbox(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, account := email.New(w.mail()), w.account(lab.ByIMAP)
	f := &feed{connected: make(chan struct{}, 1), events: make(chan connectors.Inbound, 10)}
	ended := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		defer close(ended)
		_ = c.Listen(ctx, account, f)
	}()
	<-f.connected
	w.act(lab.ByIMAP, map[string]any{"type": "message", "text": "Hello"})
	e := <-f.events
	require.Equal(t, "Hello", e.Message.Text)
	require.Equal(t, "DELIVER", w.wire("Mail")[0].Method)
	_, err := c.Send(t.Context(), account, connectors.Outgoing{ID: uuid.NewString(), Address: e.Address, Message: conversation.Message{Text: "Good morning"}, Last: connectors.LastInbound{Handle: e.Handle}, At: time.Now()})
	require.NoError(t, err)
	items := w.screen(lab.ByIMAP).Items
	require.Equal(t, "told", items[0].Status)
	require.Equal(t, "Good morning", items[1].Text)
	stop()
	<-ended
}
