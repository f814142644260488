package rasa_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/bot"
	"seax/internal/bot/rasa"
	"seax/internal/bot/rasa/rasatest"
	"seax/internal/conversation"
)

func dial(t *testing.T, server *rasatest.Server, change func(*rasa.Options)) *rasa.Bot {
	t.Helper()
	o := rasa.Options{BaseURL: server.URL}
	if change != nil {
		change(&o)
	}
	b, err := rasa.New(o)
	require.NoError(t, err)
	return b
}

func says(outputs ...rasatest.Output) rasatest.Script {
	return func(rasatest.Message) ([]rasatest.Output, error) { return outputs, nil }
}

func TestWhatIsSent(t *testing.T) {
	t.Parallel()
	server := rasatest.New(t, nil)
	b := dial(t, server, nil)
	turn := bot.Turn{
		ConversationID: uuid.New(), TurnID: "turn-3", Text: " 배송은 언제 되나요? ", Language: "ko", Misses: 1,
		Contact: bot.Contact{ID: uuid.New(), Name: "Ana"},
	}
	reply, err := b.Reply(t.Context(), turn)
	require.NoError(t, err)
	require.Equal(t, bot.Reply{Messages: []conversation.Message{{Text: "배송은 언제 되나요?"}}}, reply)
	m := server.Seen()[0]
	require.Equal(t, turn.ConversationID.String(), m.Sender)
	require.Equal(t, "rest", m.InputChannel)
	require.Equal(t, "application/json", m.Header.Get("Content-Type"))
	require.Empty(t, m.Header.Get("Authorization"))
	require.Equal(t, map[string]any{
		"conversation_id": turn.ConversationID.String(), "turn_id": "turn-3", "language": "ko", "misses": 1.0,
		"contact": map[string]any{"id": turn.Contact.ID.String(), "name": "Ana"},
	}, m.Metadata)

	_, err = b.Reply(t.Context(), bot.Turn{Text: "Yes", Choice: "/affirm"})
	require.NoError(t, err)
	require.Equal(t, "/affirm", server.Seen()[1].Text, "a tapped button is its payload")

	reply, err = b.Reply(t.Context(), bot.Turn{Text: " \n"})
	require.NoError(t, err)
	require.True(t, reply.Unsure)
	require.Len(t, server.Seen(), 2, "nothing to say is not sent")
	require.NoError(t, b.Status(t.Context()))
}

func TestWhatIsRead(t *testing.T) {
	t.Parallel()
	text := func(s ...string) (all []conversation.Message) {
		for _, one := range s {
			all = append(all, conversation.Message{Text: one})
		}
		return all
	}
	for name, c := range map[string]struct {
		script rasatest.Script
		want   bot.Reply
	}{
		"text":       {says(rasatest.Output{Text: "Hello"}, rasatest.Output{Text: "A\n\nB"}), bot.Reply{Messages: text("Hello", "A", "B")}},
		"image":      {says(rasatest.Output{Image: "https://cdn.example/cat.png"}), bot.Reply{Messages: text("https://cdn.example/cat.png")}},
		"bad image":  {says(rasatest.Output{Image: "javascript:alert(1)"}, rasatest.Output{Image: "file:///etc/passwd"}), bot.Reply{Unsure: true}},
		"attachment": {says(rasatest.Output{Attachment: "https://cdn.example/a.pdf"}), bot.Reply{Messages: text("https://cdn.example/a.pdf")}},
		"rich attachment": {
			says(rasatest.Output{Attachment: map[string]any{"type": "video", "payload": map[string]any{"src": "https://cdn.example/v"}}}),
			bot.Reply{Messages: text("https://cdn.example/v")},
		},
		"odd attachment": {says(rasatest.Output{Attachment: 17}, rasatest.Output{Text: "x"}), bot.Reply{Messages: text("x")}},
		"buttons": {
			says(rasatest.Output{Text: "Sure?", Buttons: []rasatest.Button{{Title: "Yes", Payload: "/affirm"}, {Title: "No"}, {Payload: "/lost"}}}),
			bot.Reply{Messages: []conversation.Message{{Text: "Sure?", Options: []conversation.Option{{ID: "/affirm", Label: "Yes"}, {ID: "No", Label: "No"}}}}},
		},
		"empty":     {says(), bot.Reply{Unsure: true}},
		"exception": {func(rasatest.Message) ([]rasatest.Output, error) { return nil, errors.New("action server down") }, bot.Reply{Unsure: true}},
		"crash":     {func(rasatest.Message) ([]rasatest.Output, error) { panic("boom") }, bot.Reply{Unsure: true}},
		"exception after": {func(rasatest.Message) ([]rasatest.Output, error) {
			return []rasatest.Output{{Text: "One"}}, errors.New("late")
		}, bot.Reply{Messages: text("One")}},
		"handoff": {
			says(rasatest.Output{Text: "I will get somebody."}, rasatest.Output{Custom: map[string]any{"handoff": map[string]any{"reason": "angry", "skill": "billing"}}}),
			bot.Reply{Messages: text("I will get somebody."), Handoff: "angry (billing)"},
		},
		"handoff, no reason": {says(rasatest.Output{Custom: map[string]any{"handoff": map[string]any{}}}), bot.Reply{Handoff: "The bot asked for a person"}},
		"handoff, plain":     {says(rasatest.Output{Custom: map[string]any{"handoff": "wants a refund"}}), bot.Reply{Handoff: "wants a refund"}},
		"handoff, yes":       {says(rasatest.Output{Custom: map[string]any{"handoff": true}}), bot.Reply{Handoff: "The bot asked for a person"}},
		"handoff, no":        {says(rasatest.Output{Custom: map[string]any{"handoff": false}}), bot.Reply{Unsure: true}},
		"end":                {says(rasatest.Output{Text: "Bye"}, rasatest.Output{Custom: map[string]any{"end": true}}), bot.Reply{Messages: text("Bye"), End: true}},
		"foreign custom":     {says(rasatest.Output{Custom: []any{1, "x"}}, rasatest.Output{Custom: map[string]any{"blocks": 1}}), bot.Reply{Unsure: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply, err := dial(t, rasatest.New(t, c.script), nil).Reply(t.Context(), bot.Turn{Text: "hi"})
			require.NoError(t, err)
			require.Equal(t, c.want, reply)
		})
	}
}

func TestFloodIsBounded(t *testing.T) {
	t.Parallel()
	reply, err := dial(t, rasatest.New(t, says(make1000()...)), nil).Reply(t.Context(), bot.Turn{Text: "hi"})
	require.NoError(t, err)
	require.Len(t, reply.Messages, 20)
}

func make1000() []rasatest.Output {
	all := make([]rasatest.Output, 1000)
	for i := range all {
		all[i].Text = "again"
	}
	return all
}

func TestMisbehaviour(t *testing.T) {
	t.Parallel()
	for fault, want := range map[rasatest.Fault]struct {
		kind   rasa.Kind
		status int
		again  bool
	}{
		rasatest.Slow:       {rasa.Slow, 0, false},
		rasatest.Down:       {rasa.Busy, 503, true},
		rasatest.Failing:    {rasa.Failed, 500, false},
		rasatest.Garbage:    {rasa.Garbage, 0, false},
		rasatest.WrongShape: {rasa.Garbage, 0, false},
		rasatest.Huge:       {rasa.TooLarge, 0, false},
		rasatest.HalfClosed: {rasa.Broken, 0, false},
		rasatest.Hangup:     {rasa.Broken, 0, false},
	} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			server := rasatest.New(t, nil)
			b := dial(t, server, func(o *rasa.Options) {
				if fault == rasatest.Slow {
					o.Timeout = 50 * time.Millisecond
				}
			})
			server.Misbehave(fault)
			_, err := b.Reply(t.Context(), bot.Turn{TurnID: "turn-9", Text: "hi"})
			var failed *rasa.Error
			require.ErrorAs(t, err, &failed)
			require.Equal(t, want.kind, failed.Kind)
			require.Equal(t, want.status, failed.Status)
			require.Equal(t, want.again, failed.Retryable())
			require.ErrorContains(t, err, "turn-9")
			if !want.again {
				require.Len(t, server.Seen(), 1, "the turn was sent once, and taken in")
			}
			server.Misbehave(rasatest.None)
			reply, err := b.Reply(t.Context(), bot.Turn{Text: "better?"})
			require.NoError(t, err)
			require.Equal(t, "better?", reply.Messages[0].Text)
		})
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	server := rasatest.New(t, nil)
	b := dial(t, server, nil)
	server.Stop()
	_, err := b.Reply(t.Context(), bot.Turn{Text: "hi"})
	var failed *rasa.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, rasa.Unreachable, failed.Kind)
	require.True(t, failed.Retryable())
	require.Error(t, b.Status(t.Context()))
}

func TestCallerGivesUp(t *testing.T) {
	t.Parallel()
	server := rasatest.New(t, nil)
	server.Misbehave(rasatest.Slow)
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("a person took over")
	arrived := make(chan struct{})
	b := dial(t, server, func(o *rasa.Options) {
		o.Transport = transport(func(r *http.Request) (*http.Response, error) {
			close(arrived)
			return http.DefaultTransport.RoundTrip(r)
		})
	})
	go func() {
		<-arrived
		cancel(why)
	}()
	_, err := b.Reply(ctx, bot.Turn{Text: "hi"})
	require.ErrorIs(t, err, why)
	require.NotErrorAs(t, err, new(*rasa.Error))
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestRedirects(t *testing.T) {
	t.Parallel()
	var leaked atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		leaked.Add(1)
		_, _ = io.WriteString(w, `[{"text":"stolen"}]`)
	}))
	t.Cleanup(elsewhere.Close)
	server := rasatest.New(t, nil)
	// Another host that leads to the same machine.
	server.Elsewhere = strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1)
	b := dial(t, server, nil)
	for _, fault := range []rasatest.Fault{rasatest.RedirectAway, rasatest.RedirectGet} {
		server.Misbehave(fault)
		_, err := b.Reply(t.Context(), bot.Turn{Text: "my secret"})
		var failed *rasa.Error
		require.ErrorAs(t, err, &failed, fault)
		require.Equal(t, rasa.Refused, failed.Kind)
	}
	require.Zero(t, leaked.Load())
	server.Misbehave(rasatest.RedirectHere)
	reply, err := b.Reply(t.Context(), bot.Turn{Text: "hi"})
	require.NoError(t, err)
	require.Equal(t, "hi", reply.Messages[0].Text)
}

func TestToken(t *testing.T) {
	t.Parallel()
	server := rasatest.New(t, nil)
	server.Token = "s3cret"
	_, err := dial(t, server, nil).Reply(t.Context(), bot.Turn{Text: "hi"})
	var failed *rasa.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, rasa.Refused, failed.Kind)
	require.Equal(t, 401, failed.Status)
	_, err = dial(t, server, func(o *rasa.Options) { o.Token = "s3cret" }).Reply(t.Context(), bot.Turn{Text: "hi"})
	require.NoError(t, err)
	server.Token = ""
	_, err = dial(t, server, func(o *rasa.Options) { o.Token, o.TokenHeader = "s3cret", "X-Api-Key" }).Reply(t.Context(), bot.Turn{Text: "hi"})
	require.NoError(t, err)
	seen := server.Seen()
	require.Equal(t, "s3cret", seen[len(seen)-1].Header.Get("X-Api-Key"))
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "rasa:5005", "ftp://rasa", "http://", "http://rasa?x=1", "http://[", "/path"} {
		_, err := rasa.New(rasa.Options{BaseURL: bad})
		require.Error(t, err, bad)
	}
	server := rasatest.New(t, nil)
	target, err := url.Parse(server.URL)
	require.NoError(t, err)
	proxy := httptest.NewServer(http.StripPrefix("/bots/shop", httputil.NewSingleHostReverseProxy(target)))
	t.Cleanup(proxy.Close)
	b, err := rasa.New(rasa.Options{BaseURL: proxy.URL + "/bots/shop/"})
	require.NoError(t, err)
	require.NoError(t, b.Status(t.Context()))
}

// The fake itself, against what is known of the real one.
func TestTheFakeSpeaksTheWire(t *testing.T) {
	t.Parallel()
	server := rasatest.New(t, says(rasatest.Output{Text: "Hello\n\nWorld"}, rasatest.Output{Text: "Pick", Buttons: []rasatest.Button{{Title: "Yes", Payload: "/affirm"}}}))
	post := func(query, body string) (*http.Response, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/webhooks/rest/webhook"+query, strings.NewReader(body))
		require.NoError(t, err)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer func() { _ = res.Body.Close() }()
		read, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return res, string(read)
	}
	res, body := post("", `{"sender":"conv-1","message":"hi"}`)
	require.Equal(t, 200, res.StatusCode)
	require.JSONEq(t, `[{"recipient_id":"conv-1","text":"Hello"},{"recipient_id":"conv-1","text":"World"},
		{"recipient_id":"conv-1","text":"Pick","buttons":[{"title":"Yes","payload":"/affirm"}]}]`, body)

	res, body = post("?stream=true", `{"sender":"conv-1","message":"hi"}`)
	require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	lines := bytes.Split(bytes.TrimSpace([]byte(body)), []byte("\n"))
	require.Len(t, lines, 3)
	for _, l := range lines {
		require.True(t, json.Valid(l))
	}
	_, body = post("", `{"message":"hi"}`)
	require.Contains(t, body, `"recipient_id":"default"`)
	res, body = post("", `{"sender":`)
	require.Equal(t, 400, res.StatusCode)
	require.Contains(t, body, "Failed when parsing body as json")
}
