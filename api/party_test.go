package api_test

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/api"
	"seax/connectors"
	"seax/internal/auth"
	"seax/internal/conversation"
	"seax/internal/directory"
	"seax/internal/health"
)

// party is a connector whose provider has several accounts behind one webhook, verifies its address, sends a lot at once and wants XML
// for an answer.
type party struct{ connectors.Connector }

const partyLimit = 2 << 20

func (party) Describe() connectors.Description {
	return connectors.Description{Kind: "party", Name: "Party line", MaxBody: partyLimit, Retired: "It is no longer sold.", Fields: []connectors.Field{
		{Name: "number", Label: map[string]string{"en": "Number", "ko": "번호"}, Required: true, Placeholder: "+1555…"},
		{Name: "token", Label: map[string]string{"en": "Token", "ko": "토큰"}, Type: connectors.FieldSecret, Required: true},
		{Name: "region", Label: map[string]string{"en": "Region", "ko": "지역"}, Type: connectors.FieldChoice, Advanced: true, Choices: []connectors.Choice{
			{Value: "eu", Label: map[string]string{"en": "Europe", "ko": "유럽"}},
		}},
	}, Capabilities: connectors.Capabilities{MaxText: 100, TextUnit: connectors.UTF16, Media: []connectors.MediaRule{{Types: []string{"image/*"}, MaxBytes: 5}}}}
}

func (party) Key(a connectors.Account) string { return a.Settings["number"] }

func (party) Setup(connectors.Account) []connectors.SetupItem {
	return []connectors.SetupItem{{Label: map[string]string{"en": "Verify token", "ko": "확인 토큰"}, Value: "paste me"}}
}

func (party) Handshake(_ context.Context, a connectors.Account, r *connectors.Request) (connectors.Response, bool, error) {
	if r.Method != http.MethodGet {
		return connectors.Response{}, false, nil
	}
	if r.URL.Query().Get("token") != a.Secrets["token"] {
		return connectors.Response{}, true, connectors.ErrUnauthenticated
	}
	return connectors.Response{Body: []byte(r.URL.Query().Get("challenge"))}, true, nil
}

func (party) Authenticate(_ context.Context, a connectors.Account, r *connectors.Request) (connectors.Caller, error) {
	if a.Secrets["token"] == "" || subtle.ConstantTimeCompare([]byte(r.Header.Get("X-Token")), []byte(a.Secrets["token"])) == 0 {
		return connectors.Caller{}, connectors.ErrUnauthenticated
	}
	return connectors.Caller{}, nil
}

func (party) Parse(_ context.Context, _ connectors.Account, _ connectors.Caller, r *connectors.Request) (connectors.Batch, error) {
	var events []struct{ Number, ID, From, Text string }
	if json.Unmarshal(r.Body, &events) != nil {
		return connectors.Batch{}, errors.New("not a list of events")
	}
	var b connectors.Batch
	for _, e := range events {
		b.Events = append(b.Events, connectors.Inbound{
			Type: connectors.InMessage, AccountKey: e.Number, ProviderID: e.ID, Address: e.From, Message: conversation.Message{Text: e.Text},
		})
	}
	b.Respond = func(results []connectors.Result) connectors.Response {
		var statuses []string
		for _, r := range results {
			statuses = append(statuses, string(r.Status))
		}
		return connectors.Response{Status: http.StatusAccepted, ContentType: "text/xml", Body: []byte("<" + strings.Join(statuses, ",") + ">")}
	}
	return b, nil
}

func (party) Check(_ context.Context, a connectors.Account) (string, error) {
	if a.Secrets["token"] != "right" {
		return "", &connectors.SendError{Code: connectors.CodeConfig, Words: "The token is not this account's.", Cause: errors.New("pgx: token " + a.Secrets["token"])}
	}
	return "Number " + a.Settings["number"], nil
}

// partyServer has two accounts with the same token and one with another.
func partyServer(t *testing.T) (*server, who) {
	t.Helper()
	s := newServer(t, func(d *api.Deps) {
		d.Registry = connectors.NewRegistry(party{})
		d.Directory = directory.New(d.Pool, d.Registry, []string{"assistant", "frontdesk"}, directory.Hooks{Person: d.Auth.Forget}, box, time.Now)
		d.Health = health.New(d.Pool, time.Now, d.Logger)
	})
	admin := s.person(auth.Admin)
	for id, token := range map[string]string{"one": "right", "two": "right", "foreign": "other"} {
		s.api(http.MethodPost, "/channels", map[string]any{
			"id": id, "kind": "party", "name": id, "flow": "assistant", "queue": "support", "settings": map[string]string{"number": "n-" + id, "token": token},
		}, as(admin)).ok(http.StatusCreated)
	}
	return s, admin
}

func (s *server) ring(channel, token string, events ...map[string]string) reply {
	s.t.Helper()
	return s.send(http.MethodPost, "/webhooks/party/"+channel, events, header("X-Token", token))
}

func ringing(number, id, from string) map[string]string {
	return map[string]string{"number": number, "id": id, "from": from, "text": "hello"}
}

// One request holds events of several accounts: each goes to its own; what is for nobody we know, or not signed for them, is put aside
// and kept.
func TestEventsGoToTheAccountTheyName(t *testing.T) {
	t.Parallel()
	s, admin := partyServer(t)
	r := s.ring("one", "right", ringing("n-one", "1", "ann"), ringing("n-two", "2", "bob"), ringing("n-nobody", "3", "cat"),
		ringing("", "4", "ann"), ringing("n-foreign", "5", "eve"), ringing("n-two", "2", "bob"), ringing("n-one", "6", "dan")).ok(http.StatusAccepted)
	require.Equal(t, "<accepted,accepted,quarantined,accepted,quarantined,duplicate,accepted>", string(r.Body))
	require.Equal(t, "text/xml", r.Header.Get("Content-Type"))
	for channel, n := range map[string]int{"one": 2, "two": 1, "foreign": 0} {
		require.Equal(t, n, s.count(`select count(*) from conversations where channel_id = $1`, channel), channel)
	}
	require.Equal(t, 1, s.count(`select count(*) from quarantine where channel_id = 'one' and events = 2 and keys = '{n-nobody,n-foreign}' and position('"cat"' in convert_from(body, 'UTF8')) > 0`))
	require.NoError(t, s.deps.Health.Flush(t.Context()))
	var list struct {
		Items []struct {
			ID     string
			Health struct{ Received, Quarantined int }
		}
	}
	s.api(http.MethodGet, "/channels", nil, as(admin)).ok(http.StatusOK).json(&list)
	seen := map[string][2]int{}
	for _, c := range list.Items {
		seen[c.ID] = [2]int{c.Health.Received, c.Health.Quarantined}
	}
	require.Equal(t, [2]int{3, 1}, seen["one"])
	require.Equal(t, [2]int{2, 0}, seen["two"])
}

func TestProvidersVerifyTheAddress(t *testing.T) {
	t.Parallel()
	s, _ := partyServer(t)
	r := s.send(http.MethodGet, "/webhooks/party/one?token=right&challenge=%3Cb%3E1158", nil).ok(http.StatusOK)
	require.Equal(t, "<b>1158", string(r.Body))
	require.Equal(t, "text/plain; charset=utf-8", r.Header.Get("Content-Type"))
	require.Equal(t, "nosniff", r.Header.Get("X-Content-Type-Options"))
	s.send(http.MethodGet, "/webhooks/party/one?token=wrong&challenge=1158", nil).refused(http.StatusUnauthorized, "unauthorized")
	s.send(http.MethodGet, "/webhooks/party/one", nil).refused(http.StatusUnauthorized, "unauthorized")
}

func TestAKindSaysHowMuchItsProviderMaySend(t *testing.T) {
	t.Parallel()
	s, _ := partyServer(t)
	long := func(n int) string { return "[" + strings.Repeat(" ", n-2) + "]" }
	s.send(http.MethodPost, "/webhooks/party/one", long(partyLimit), header("X-Token", "right")).ok(http.StatusAccepted)
	s.send(http.MethodPost, "/webhooks/party/one", long(partyLimit+1), header("X-Token", "right")).refused(http.StatusRequestEntityTooLarge, "too_large")
}

// What admins see of an account: everything but its secrets.
func TestSecretsAreNeverAnswered(t *testing.T) {
	t.Parallel()
	s, admin := partyServer(t)
	r := s.api(http.MethodGet, "/channels", nil, as(admin)).ok(http.StatusOK)
	require.NotContains(t, string(r.Body), `"right"`)
	var list struct {
		Items []struct {
			ID         string
			Settings   map[string]string
			SecretsSet []string `json:"secrets_set"`
			Setup      []struct{ Value string }
			WebhookURL string `json:"webhook_url"`
			Version    int
		}
		Kinds []struct {
			Kind, Retired   string
			Webhook, Checks bool
			Fields          []struct {
				Name, Type, Placeholder string
				Required, Advanced      bool
				Choices                 []struct{ Value string }
			}
			Capabilities struct {
				TextUnit string `json:"text_unit"`
				Media    []any
			}
		}
	}
	r.json(&list)
	one := list.Items[2]
	require.Equal(t, "one", one.ID)
	require.Equal(t, map[string]string{"number": "n-one"}, one.Settings)
	require.Equal(t, []string{"token"}, one.SecretsSet)
	require.Equal(t, "paste me", one.Setup[0].Value)
	require.Equal(t, "https://desk.example/webhooks/party/one", one.WebhookURL)
	kind := list.Kinds[0]
	require.Equal(t, "It is no longer sold.", kind.Retired)
	require.True(t, kind.Webhook && kind.Checks && kind.Fields[0].Required && kind.Fields[2].Advanced)
	require.Equal(t, "secret", kind.Fields[1].Type)
	require.Equal(t, "eu", kind.Fields[2].Choices[0].Value)
	require.Equal(t, "utf16", kind.Capabilities.TextUnit)
	require.Len(t, kind.Capabilities.Media, 1)

	change := map[string]any{"id": "one", "kind": "party", "name": "One", "flow": "assistant", "queue": "support", "version": one.Version, "settings": map[string]string{"number": "n-1"}}
	r = s.api(http.MethodPut, "/channels/one", change, as(admin)).ok(http.StatusOK)
	require.NotContains(t, string(r.Body), `"right"`)
	s.ring("one", "right", ringing("n-1", "9", "ann")).ok(http.StatusAccepted)
	change["settings"], change["version"] = map[string]string{"number": "n-1", "token": ""}, one.Version+1
	s.api(http.MethodPut, "/channels/one", change, as(admin)).refused(http.StatusBadRequest, "invalid")
	require.NotContains(t, s.log.String(), "right")
}

func TestSettingsAreTriedBeforeTheyAreSaved(t *testing.T) {
	t.Parallel()
	s, admin := partyServer(t)
	check := func(body map[string]any) (ok bool, words string) {
		body["kind"] = "party"
		r := s.api(http.MethodPost, "/channel-checks", body, as(admin)).ok(http.StatusOK)
		ok, _ = r.field("ok").(bool)
		words, _ = r.field("words").(string)
		return ok, words
	}
	ok, words := check(map[string]any{"settings": map[string]string{"number": "7", "token": "right"}})
	require.True(t, ok)
	require.Equal(t, "Number 7", words)
	ok, words = check(map[string]any{"id": "one", "settings": map[string]string{"number": "8"}})
	require.True(t, ok, "the saved secret is used")
	require.Equal(t, "Number 8", words)
	ok, words = check(map[string]any{"settings": map[string]string{"number": "7", "token": "hunter2"}})
	require.False(t, ok)
	require.Equal(t, "The token is not this account's.", words)
	require.NotContains(t, words, "hunter2")
	s.api(http.MethodPost, "/channel-checks", map[string]any{"kind": "party", "settings": map[string]string{}}, as(admin)).refused(http.StatusBadRequest, "invalid")
	s.api(http.MethodPost, "/channel-checks", map[string]any{"kind": uuid.NewString()}, as(admin)).refused(http.StatusBadRequest, "invalid")
	s.api(http.MethodPost, "/channel-checks", map[string]any{"kind": "party"}, as(s.person(auth.Supervisor))).refused(http.StatusForbidden, "forbidden")
}
