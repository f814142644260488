package activities_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"seax/activities"
	"seax/connectors"
	"seax/internal/clocktest"
	"seax/internal/conversation"
	"seax/internal/health"
	"seax/internal/pacing"
	"seax/workflows/flow"
)

// picky is a channel with every limit there is. It fails as it is told to, one error per call.
type picky struct {
	connectors.Connector
	capabilities connectors.Capabilities
	pace         connectors.Pace

	mu      sync.Mutex
	fail    []error
	sent    []connectors.Outgoing
	checks  int
	checked error
}

const pickyKind = "picky"

func (p *picky) Describe() connectors.Description {
	return connectors.Description{Kind: pickyKind, Capabilities: p.capabilities}
}

func (p *picky) Pace(connectors.Account) connectors.Pace { return p.pace }

func (p *picky) Send(_ context.Context, _ connectors.Account, out connectors.Outgoing) (connectors.Receipt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.fail) > 0 {
		err := p.fail[0]
		p.fail = p.fail[1:]
		if err != nil {
			return connectors.Receipt{}, err
		}
	}
	p.sent = append(p.sent, out)
	return connectors.Receipt{ProviderID: out.ID}, nil
}

func (p *picky) Check(context.Context, connectors.Account) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.checks++
	return "", p.checked
}

func (p *picky) UploadMedia(_ context.Context, _ connectors.Account, f connectors.File) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.fail) > 0 && errors.Is(p.fail[0], errUpload) {
		err := p.fail[0]
		p.fail = p.fail[1:]
		return "", err
	}
	return "ref of " + f.Name, nil
}

var errUpload = errors.New("upload")

func (p *picky) texts() (all []string) {
	for _, out := range p.sent {
		all = append(all, out.Message.Text)
	}
	return all
}

// store has one content for every file.
type store struct{}

func (store) Reader(context.Context, uuid.UUID) (conversation.Attachment, io.ReadCloser, error) {
	return conversation.Attachment{}, io.NopCloser(strings.NewReader("content")), nil
}

func (store) Sign(a conversation.Attachment) conversation.Attachment {
	a.URL = "/files/" + a.Name
	return a
}

type steady connectors.Account

func (s steady) Account(context.Context, string) (connectors.Account, error) {
	return connectors.Account(s), nil
}

// pickyWorld is a conversation on the picky channel whose customer has just written.
func pickyWorld(t *testing.T, p *picky) (*world, *clocktest.Clock) {
	t.Helper()
	w := newWorld(t, true)
	clock := clocktest.At(time.Now())
	w.Exec(`update channels set kind = $1`, pickyKind)
	w.Exec(`update conversations set channel_kind = $1, last_inbound = jsonb_build_object('id', 'in', 'handle', 'token', 'at', $2::timestamptz)`, pickyKind, clock.Now())
	w.delivery = &activities.Delivery{
		Log: w.Log, Registry: connectors.NewRegistry(p), Accounts: steady{ID: "chat", Kind: pickyKind}, Files: store{}, PublicURL: "https://desk.example",
		Pacer: pacing.New(clock.Now), Gate: health.NewGate(clock.Now, nil), Clock: clock.Now,
	}
	return w, clock
}

func sendError(code connectors.ErrorCode) *connectors.SendError {
	return &connectors.SendError{Code: code, Words: string(code)}
}

// requireWaits requires that Temporal is asked to try again, and returns when.
func requireWaits(t *testing.T, err error) time.Duration {
	t.Helper()
	again, ok := err.(*temporal.ApplicationError) //nolint:errorlint // Temporal looks at the outermost error only
	require.True(t, ok, "%v", err)
	require.False(t, again.NonRetryable())
	return again.NextRetryDelay()
}

func TestLongMessagesGoInParts(t *testing.T) {
	t.Parallel()
	p := &picky{capabilities: connectors.Capabilities{MaxText: 10}}
	w, _ := pickyWorld(t, p)
	seqs := w.write("안녕하세요 여러분 반갑습니다", "short")
	p.fail = []error{nil, sendError(connectors.CodeProvider)}
	_, err := w.deliver(seqs)
	requireWaits(t, err)
	require.Equal(t, []string{"queued", "queued"}, w.statuses())
	result, err := w.deliver(seqs)
	require.NoError(t, err)
	require.Equal(t, flow.DeliverResult{Sent: 2}, result)
	require.Equal(t, []string{"안녕하세요 여러분", "반갑습니다", "short"}, p.texts(), "what was sent is not sent again")
	require.Equal(t, []string{"sent", "sent"}, w.statuses())
	ids := map[string]bool{}
	for _, out := range p.sent {
		require.NoError(t, uuid.Validate(out.ID))
		ids[out.ID] = true
		require.Equal(t, "in", out.Last.ID)
		require.Equal(t, "token", out.Last.Handle)
	}
	require.Len(t, ids, 3)
}

// The second part's outcome is unknown: the message shows it, the rest is sent, and a person's retry sends only that part again.
func TestAnUnconfirmedPartIsNotRepeated(t *testing.T) {
	t.Parallel()
	p := &picky{capabilities: connectors.Capabilities{MaxText: 5}, fail: []error{nil, sendError(connectors.CodeAmbiguous)}}
	w, _ := pickyWorld(t, p)
	seqs := w.write("first other third")
	for range 2 {
		_, err := w.deliver(seqs)
		require.NoError(t, err)
	}
	require.Equal(t, []string{"first", "third"}, p.texts())
	require.Equal(t, []string{"unconfirmed ambiguous"}, w.statuses())
	var id uuid.UUID
	require.NoError(t, w.Pool.QueryRow(t.Context(), `select event_id from deliveries`).Scan(&id))
	_, err := w.Log.RetryDelivery(t.Context(), w.id, id, conversation.Actor{Kind: conversation.ByAgent, ID: w.ana.ID.String()})
	require.NoError(t, err)
	_, err = w.deliver(seqs)
	require.NoError(t, err)
	require.Equal(t, []string{"first", "third", "other"}, p.texts())
	require.Equal(t, []string{"sent"}, w.statuses())
}

func TestAFailedPartEndsTheMessage(t *testing.T) {
	t.Parallel()
	p := &picky{capabilities: connectors.Capabilities{MaxText: 5}, fail: []error{nil, sendError(connectors.CodeRejected)}}
	w, _ := pickyWorld(t, p)
	result, err := w.deliver(w.write("first other third", "next"))
	require.NoError(t, err)
	require.Equal(t, flow.DeliverResult{Failed: 1, Sent: 1}, result)
	require.Equal(t, []string{"first", "next"}, p.texts())
	require.Equal(t, []string{"failed rejected", "sent"}, w.statuses())
}

func TestAClosedReplyWindowIsNotTried(t *testing.T) {
	t.Parallel()
	p := &picky{capabilities: connectors.Capabilities{MaxText: 100, ReplyWindow: 24 * time.Hour, PersonWindow: 48 * time.Hour, Templates: true}}
	w, clock := pickyWorld(t, p)
	clock.Pass(24*time.Hour - time.Second)
	_, err := w.deliver(w.write("in time"))
	require.NoError(t, err)
	require.False(t, p.sent[0].BehindWindow)
	clock.Pass(time.Second)
	_, err = w.deliver(w.write("a person may"))
	require.NoError(t, err)
	require.True(t, p.sent[1].BehindWindow, "the connector must know")
	clock.Pass(24 * time.Hour)
	_, err = w.deliver(w.write("too late"))
	require.NoError(t, err)
	template, err := w.Log.Reply(t.Context(), w.id, conversation.NewID(), w.ana, conversation.Message{Text: "reminder", Template: &conversation.TemplateUse{ID: "t"}})
	require.NoError(t, err)
	_, err = w.deliver([]int64{template.Seq})
	require.NoError(t, err)
	require.Equal(t, []string{"in time", "a person may", "reminder"}, p.texts())
	require.Equal(t, []string{"sent", "sent", "failed window_closed", "sent"}, w.statuses())
	w.Exec(`update conversations set last_inbound = null`)
	_, err = w.deliver(w.write("they never wrote"))
	require.NoError(t, err)
	require.Equal(t, "failed window_closed", w.statuses()[4])
}

func TestWhoOptedOutIsLeftAlone(t *testing.T) {
	t.Parallel()
	p := &picky{capabilities: connectors.Capabilities{MaxText: 100}, fail: []error{sendError(connectors.CodeOptedOut)}}
	w, _ := pickyWorld(t, p)
	w.Exec(`insert into identities (id, contact_id, kind, realm, address) select gen_random_uuid(), contact_id, channel_kind, channel_id, address from conversations`)
	for range 3 {
		_, err := w.deliver(w.write("hello?"))
		require.NoError(t, err)
	}
	require.Empty(t, p.sent)
	require.Empty(t, p.fail)
	require.Equal(t, []string{"failed opted_out", "failed opted_out", "failed opted_out"}, w.statuses())
}

// The provider is down: what cannot be sent waits, the provider is asked only now and then whether it is back, and nothing is shown
// as failed.
func TestMessagesWaitWhileTheProviderIsDown(t *testing.T) {
	t.Parallel()
	down := sendError(connectors.CodeConnection)
	p := &picky{capabilities: connectors.Capabilities{MaxText: 100}, fail: []error{down, down, down, down, down}, checked: down}
	w, clock := pickyWorld(t, p)
	seqs := w.write("one")
	for range 20 {
		_, err := w.deliver(seqs)
		requireWaits(t, err)
	}
	require.Len(t, p.fail, 2, "after three failures the provider is left in peace")
	require.Zero(t, p.checks)
	clock.Pass(15 * time.Second)
	for range 5 {
		_, err := w.deliver(seqs)
		require.Equal(t, 15*time.Second, requireWaits(t, err))
	}
	require.Equal(t, 1, p.checks)
	p.checked, p.fail = nil, nil
	clock.Pass(15 * time.Second)
	_, err := w.deliver(seqs)
	require.NoError(t, err)
	require.Equal(t, []string{"sent"}, w.statuses())
}

func TestMessagesWaitForTheirTurn(t *testing.T) {
	t.Parallel()
	p := &picky{capabilities: connectors.Capabilities{MaxText: 100}, pace: connectors.Pace{PerSecond: 0.1, Burst: 2}}
	w, clock := pickyWorld(t, p)
	seqs := w.write("one", "two", "three")
	_, err := w.deliver(seqs)
	require.Equal(t, 10*time.Second, requireWaits(t, err))
	require.Equal(t, []string{"sent", "sent", "queued"}, w.statuses())
	clock.Pass(10 * time.Second)
	_, err = w.deliver(seqs)
	require.NoError(t, err)
	require.Equal(t, []string{"one", "two", "three"}, p.texts())
}

func TestFilesAreHandedOverBeforeTheMessage(t *testing.T) {
	t.Parallel()
	p := &picky{capabilities: connectors.Capabilities{MaxText: 100, MaxCaption: 100, MaxFileBytes: 100}}
	w, _ := pickyWorld(t, p)
	// An upload that was lost is repeated: no message has been sent.
	p.fail = []error{errors.Join(errUpload, sendError(connectors.CodeAmbiguous))}
	a := conversation.Attachment{ID: uuid.New(), Name: "a.png", MediaType: "image/png", Size: 7}
	b := conversation.Attachment{ID: uuid.New(), Name: "b.png", MediaType: "image/png", Size: 7}
	e, err := w.Log.Reply(t.Context(), w.id, conversation.NewID(), w.ana, conversation.Message{Text: "look", Attachments: []conversation.Attachment{a, b}})
	require.NoError(t, err)
	_, err = w.deliver([]int64{e.Seq})
	requireWaits(t, err)
	_, err = w.deliver([]int64{e.Seq})
	require.NoError(t, err)
	require.Len(t, p.sent, 2)
	require.Equal(t, "look", p.sent[0].Message.Text)
	for i, name := range []string{"a.png", "b.png"} {
		f := p.sent[i].Files[0]
		require.Equal(t, "ref of "+name, f.Ref)
		require.Equal(t, "https://desk.example/files/"+name, f.PublicURL)
		content, err := f.Open(t.Context())
		require.NoError(t, err)
		read, err := io.ReadAll(content)
		require.NoError(t, err)
		require.Equal(t, "content", string(read))
	}
}

func TestAnAnswerNamesWhatItAnswers(t *testing.T) {
	t.Parallel()
	p := &picky{capabilities: connectors.Capabilities{MaxText: 100, Replies: true}}
	w, _ := pickyWorld(t, p)
	first := w.write("question")
	_, err := w.deliver(first)
	require.NoError(t, err)
	e, err := w.Log.Reply(t.Context(), w.id, conversation.NewID(), w.ana, conversation.Message{Text: "about that", ReplyTo: first[0]})
	require.NoError(t, err)
	_, err = w.deliver([]int64{e.Seq})
	require.NoError(t, err)
	require.Equal(t, p.sent[0].ID, p.sent[1].ReplyTo, "the provider's id of the first")
}

func TestAPausedChannelKeepsWhatIsToBeSent(t *testing.T) {
	t.Parallel()
	p := &picky{capabilities: connectors.Capabilities{MaxText: 100}}
	w, _ := pickyWorld(t, p)
	w.delivery.Accounts = steady{ID: "chat", Kind: pickyKind, Paused: true}
	seqs := w.write("one")
	_, err := w.deliver(seqs)
	require.Positive(t, requireWaits(t, err))
	w.delivery.Accounts = steady{ID: "chat", Kind: pickyKind}
	_, err = w.deliver(seqs)
	require.NoError(t, err)
	require.Equal(t, []string{"one"}, p.texts())
}
