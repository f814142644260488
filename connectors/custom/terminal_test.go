package custom_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/custom"
	"seax/connectors/wire"
	"seax/internal/conversation"
	"seax/internal/standardwebhooks"
)

// terminal is one of the programs in docs/examples, with the connector on the other side.
type terminal struct {
	connector *custom.Connector
	account   connectors.Account
	endpoint  string
	keyboard  io.Writer
	screen    chan string
	posts     chan said

	mu sync.Mutex
	// failing are the statuses with which the next posts are answered.
	failing []int
}

// said is a post of the program's, as the connector understood it.
type said struct {
	webhookID string
	event     connectors.Inbound
	status    int
}

func startTerminal(t *testing.T, program, file string) *terminal {
	t.Helper()
	binary, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s is not installed, so %s was not run", program, file)
	}
	w := &terminal{screen: make(chan string, 100), posts: make(chan said, 100), account: account}
	w.connector = custom.New(connectors.Deps{HTTP: wire.NewClient(http.DefaultTransport), Clock: time.Now})
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.serve(t, rw, r) }))
	t.Cleanup(server.Close)
	source, err := filepath.Abs("../../docs/examples/" + file)
	require.NoError(t, err)
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), binary, source)
	cmd.Env = append(cmd.Environ(), "SEAX_WEBHOOK="+server.URL, "SEAX_SECRET="+w.connector.Secret(account), "PORT=0", "CUSTOMER=ann", "NAME=Ann", "PYTHONIOENCODING=utf-8")
	keyboard, err := cmd.StdinPipe()
	require.NoError(t, err)
	screen, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	require.NoError(t, cmd.Start())
	go func() {
		lines := bufio.NewScanner(screen)
		for lines.Scan() {
			w.screen <- lines.Text()
		}
		close(w.screen)
	}()
	t.Cleanup(func() {
		// With the keyboard gone it has nothing to do any more.
		_ = keyboard.Close()
		for range w.screen {
			continue
		}
		if err := cmd.Wait(); err != nil || complaints.Len() > 0 {
			t.Errorf("%s: %v\n%s", file, err, complaints.String())
		}
	})
	w.keyboard = keyboard
	greeting := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(w.line(t))
	require.NotEmpty(t, greeting)
	w.endpoint = greeting
	w.account.Settings = map[string]string{"endpoint_url": greeting + "/"}
	return w
}

// line is the next line on the screen.
func (w *terminal) line(t *testing.T) string {
	t.Helper()
	select {
	case line := <-w.screen:
		return line
	case <-time.After(30 * time.Second):
		t.Fatal("the screen stays as it is")
		return ""
	}
}

func (w *terminal) post(t *testing.T) said {
	t.Helper()
	select {
	case p := <-w.posts:
		return p
	case <-time.After(30 * time.Second):
		t.Fatal("nothing was posted")
		return said{}
	}
}

func (w *terminal) fail(statuses ...int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failing = statuses
}

// serve does what the API does with a request.
func (w *terminal) serve(t *testing.T, rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	request := &connectors.Request{Method: r.Method, URL: &url.URL{Path: r.URL.Path}, Header: r.Header, Body: body}
	caller, err := w.connector.Authenticate(r.Context(), w.account, request)
	if err != nil {
		t.Errorf("the program's signature: %v", err)
		rw.WriteHeader(http.StatusUnauthorized)
		return
	}
	batch, err := w.connector.Parse(r.Context(), w.account, caller, request)
	if err != nil || len(batch.Events) != 1 {
		t.Errorf("what the program posts: %v: %s", err, body)
		rw.WriteHeader(http.StatusBadRequest)
		return
	}
	p := said{r.Header.Get(standardwebhooks.HeaderID), batch.Events[0], http.StatusAccepted}
	w.mu.Lock()
	if len(w.failing) > 0 {
		p.status, w.failing = w.failing[0], w.failing[1:]
	}
	w.mu.Unlock()
	w.posts <- p
	if p.status != http.StatusAccepted {
		rw.WriteHeader(p.status)
		return
	}
	answer := batch.Respond([]connectors.Result{{ProviderID: p.event.ProviderID, Status: connectors.ResultAccepted}})
	rw.Header().Set("Content-Type", answer.ContentType)
	rw.WriteHeader(answer.Status)
	_, _ = rw.Write(answer.Body)
}

// forge posts to the program as the connector would, after spoil has changed it.
func (w *terminal) forge(t *testing.T, spoil func(h http.Header, body []byte) []byte) int {
	t.Helper()
	body := []byte(`{"type":"message.send","message":{"id":"f","thread":{"key":"ann"},"author":{"kind":"agent"},"parts":[{"type":"text","text":"forged"}]}}`)
	secret, err := standardwebhooks.ParseSecret(w.connector.Secret(w.account))
	require.NoError(t, err)
	h := http.Header{}
	standardwebhooks.SetHeader(h, "forged", time.Now(), body, secret)
	body = spoil(h, body)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.endpoint, bytes.NewReader(body))
	require.NoError(t, err)
	for name, values := range h {
		r.Header[name] = values
	}
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode
}

// The clients that others start from do all that the protocol wants, both ways.
func TestTerminals(t *testing.T) {
	t.Parallel()
	for program, file := range map[string]string{"python3": "terminal.py", "node": "terminal.mjs"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			w := startTerminal(t, program, file)
			_, err := w.connector.Check(t.Context(), w.account)
			require.NoError(t, err, "the address proves that it is the one")

			_, err = io.WriteString(w.keyboard, "hello, 안녕하세요 😀\n")
			require.NoError(t, err)
			p := w.post(t)
			require.Equal(t, connectors.InMessage, p.event.Type)
			require.Equal(t, "ann", p.event.Address)
			require.Equal(t, "Ann", p.event.Profile.Name)
			require.Equal(t, "hello, 안녕하세요 😀", p.event.Message.Text)
			require.WithinDuration(t, time.Now(), p.event.At, time.Minute)

			out := connectors.Outgoing{ID: conversation.NewID().String(), Address: "ann", From: conversation.Actor{Kind: conversation.ByAgent, Name: "Mina"}, Message: conversation.Message{
				Text: "How can I help? 무엇을 도와드릴까요?", Options: []conversation.Option{{ID: "a", Label: "An order"}, {ID: "b", Label: "Something else"}},
			}}
			receipt, err := w.connector.Send(t.Context(), w.account, out)
			require.NoError(t, err)
			require.Equal(t, conversation.StatusDelivered, receipt.Status)
			require.Equal(t, "Mina: How can I help? 무엇을 도와드릴까요?", w.line(t))
			require.Equal(t, "  [An order] [Something else]", w.line(t))

			// The same message again is taken and not shown; nor is what is forged, changed, or too old.
			again, err := w.connector.Send(t.Context(), w.account, out)
			require.NoError(t, err)
			require.Equal(t, receipt.ProviderID, again.ProviderID)
			for name, spoil := range map[string]func(h http.Header, body []byte) []byte{
				"another body": func(_ http.Header, body []byte) []byte {
					return bytes.Replace(body, []byte("forged"), []byte("forget"), 1)
				},
				"no signature": func(h http.Header, body []byte) []byte { h.Del(standardwebhooks.HeaderSignature); return body },
				"another id":   func(h http.Header, body []byte) []byte { h.Set(standardwebhooks.HeaderID, "other"); return body },
				"another's secret": func(h http.Header, body []byte) []byte {
					standardwebhooks.SetHeader(h, "forged", time.Now(), body, bytes.Repeat([]byte("o"), 32))
					return body
				},
				"too old": func(h http.Header, body []byte) []byte {
					secret, err := standardwebhooks.ParseSecret(w.connector.Secret(w.account))
					require.NoError(t, err)
					standardwebhooks.SetHeader(h, "forged", time.Now().Add(-6*time.Minute), body, secret)
					return body
				},
			} {
				require.Equal(t, http.StatusUnauthorized, w.forge(t, spoil), name)
			}
			other := w.account
			other.Secret = bytes.Repeat([]byte("o"), 32)
			_, err = w.connector.Send(t.Context(), other, out)
			var e *connectors.SendError
			require.ErrorAs(t, err, &e)
			require.Equal(t, connectors.CodeConfig, e.Code)
			out.ID, out.Message = conversation.NewID().String(), conversation.Message{Text: "Are you there?"}
			_, err = w.connector.Send(t.Context(), w.account, out)
			require.NoError(t, err)
			require.Equal(t, "Mina: Are you there?", w.line(t), "nothing else was shown before")

			// What SeaX could not take is posted again as what it was.
			w.fail(http.StatusServiceUnavailable, http.StatusInternalServerError)
			_, err = io.WriteString(w.keyboard, "once\n\ntwice\n")
			require.NoError(t, err)
			first := w.post(t)
			for _, status := range []int{http.StatusInternalServerError, http.StatusAccepted} {
				p := w.post(t)
				require.Equal(t, status, p.status)
				require.Equal(t, first.webhookID, p.webhookID)
				require.Equal(t, first.event.ProviderID, p.event.ProviderID)
				require.Equal(t, first.event.Digest, p.event.Digest)
			}
			require.Equal(t, "twice", w.post(t).event.Message.Text)

			// What it refuses for good is said and not repeated.
			w.fail(http.StatusUnprocessableEntity)
			_, err = io.WriteString(w.keyboard, "no\n")
			require.NoError(t, err)
			require.Equal(t, "no", w.post(t).event.Message.Text)
			require.True(t, strings.HasPrefix(w.line(t), "! not sent: SeaX answers 422"))
		})
	}
}
