package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/api/spec"
	"seax/internal/auth"
	"seax/internal/conversation"
	"seax/internal/realtime"
)

// nasty is text that must come back as it went in.
const nasty = `Robert'); drop table people;-- <script>alert("1")</script> <img src=x onerror=alert(1)> {{7*7}} %00 \u0000 \ & ' " ${x} 안녕 👩‍👩‍👧 ` + "\u202e"

func TestMessageIsKeptLiterallyAndSentOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent := s.person(auth.Agent, "support")
	id := s.owned(agent)
	message := map[string]any{"id": uuid.NewString(), "text": nasty}
	first := s.api(http.MethodPost, "/conversations/"+id.String()+"/messages", message, as(agent)).ok(http.StatusOK)
	again := s.api(http.MethodPost, "/conversations/"+id.String()+"/messages", message, as(agent)).ok(http.StatusOK)
	require.JSONEq(t, string(first.Body), string(again.Body))
	var page struct {
		Items []spec.Event `json:"items"`
	}
	s.api(http.MethodGet, "/conversations/"+id.String()+"/events", nil, as(agent)).ok(http.StatusOK).json(&page)
	var said []string
	for _, e := range page.Items {
		if e.Kind == string(conversation.AgentMessage) {
			var m conversation.Message
			require.NoError(t, conversation.Event{Body: e.Body}.Decode(&m))
			said = append(said, m.Text)
		}
	}
	require.Equal(t, []string{nasty}, said)
	require.Equal(t, 1, s.count(`select count(*) from deliveries where conversation_id = $1`, id))
}

func TestTheSameMessageAtTheSameTimeIsOne(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent := s.person(auth.Agent, "support")
	id := s.owned(agent)
	message := map[string]any{"id": uuid.NewString(), "text": "once"}
	seqs := make([]any, 8)
	var wg sync.WaitGroup
	for i := range seqs {
		wg.Go(func() {
			seqs[i] = s.api(http.MethodPost, "/conversations/"+id.String()+"/messages", message, as(agent)).field("seq")
		})
	}
	wg.Wait()
	require.NotNil(t, seqs[0])
	for _, seq := range seqs {
		require.Equal(t, seqs[0], seq)
	}
	require.Equal(t, 1, s.count(`select count(*) from conversation_events where kind = 'agent.message'`))
}

func TestAnIDNamesOneThingOnly(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent := s.person(auth.Agent, "support")
	one, other := s.owned(agent), s.owned(agent)
	message := map[string]any{"id": uuid.NewString(), "text": "hello"}
	s.api(http.MethodPost, "/conversations/"+one.String()+"/messages", message, as(agent)).ok(http.StatusOK)
	s.api(http.MethodPost, "/conversations/"+other.String()+"/messages", message, as(agent)).refused(http.StatusConflict, "conflict")
	s.api(http.MethodPost, "/conversations/"+one.String()+"/notes", message, as(agent)).refused(http.StatusConflict, "conflict")
	supervisor := s.person(auth.Supervisor)
	s.api(http.MethodPost, "/conversations/"+one.String()+"/messages", message, as(supervisor)).refused(http.StatusConflict, "conflict")
}

func TestOnlyTheOwnerSpeaks(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	owner := s.person(auth.Agent, "support")
	id := s.owned(owner)
	colleague, stranger, supervisor := s.person(auth.Agent, "support"), s.person(auth.Agent, "billing"), s.person(auth.Supervisor)
	base := "/conversations/" + id.String()
	message := func() map[string]any { return map[string]any{"id": uuid.NewString(), "text": "hello"} }
	for _, other := range []who{colleague, stranger, supervisor} {
		s.api(http.MethodPost, base+"/messages", message(), as(other)).refused(http.StatusForbidden, "not_owner")
		s.api(http.MethodPost, base+"/typing", nil, as(other)).refused(http.StatusForbidden, "not_owner")
		s.api(http.MethodPost, base+"/read", map[string]int{"seq": 1}, as(other)).refused(http.StatusForbidden, "not_owner")
	}
	for _, route := range []string{"POST /park", "POST /wrap-up", "POST /close", "DELETE /transfer"} {
		method, path, _ := strings.Cut(route, " ")
		s.api(method, base+path, "{}", as(colleague)).refused(http.StatusForbidden, "not_owner")
		s.api(method, base+path, "{}", as(stranger)).refused(http.StatusNotFound, "not_found")
	}
	for _, route := range []string{"GET ", "GET /events", "GET /explain", "PATCH ", "POST /notes", "POST /messages/" + uuid.NewString() + "/retry", "POST /resume"} {
		method, path, _ := strings.Cut(route, " ")
		body := any(nil)
		if method != http.MethodGet {
			body = message()
		}
		s.api(method, base+path, body, as(stranger)).refused(http.StatusNotFound, "not_found")
	}
	s.api(http.MethodPost, base+"/priority", `{"priority":50,"reason":"mine"}`, as(colleague)).refused(http.StatusForbidden, "forbidden")
	require.Zero(t, s.count(`select count(*) from conversation_events where kind = 'agent.message'`))
	// A conversation that is not there looks the same as one that may not be seen.
	missing := "/conversations/" + uuid.NewString()
	require.Equal(t, s.api(http.MethodGet, base, nil, as(stranger)).refused(http.StatusNotFound, "not_found"),
		s.api(http.MethodGet, missing, nil, as(stranger)).refused(http.StatusNotFound, "not_found"))
	s.api(http.MethodGet, missing, nil, as(supervisor)).refused(http.StatusNotFound, "not_found")
	s.api(http.MethodPost, missing+"/messages", message(), as(owner)).refused(http.StatusNotFound, "not_found")
	s.api(http.MethodPost, missing+"/typing", nil, as(owner)).refused(http.StatusNotFound, "not_found")
}

func TestListsShowAnAgentOnlyWhatTheyMaySee(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	owner := s.person(auth.Agent, "support")
	s.owned(owner)
	stranger, supervisor := s.person(auth.Agent, "billing"), s.person(auth.Supervisor)
	size := func(by who) int {
		var page struct {
			Items []spec.Conversation `json:"items"`
		}
		s.api(http.MethodGet, "/conversations?view=all", nil, as(by)).ok(http.StatusOK).json(&page)
		return len(page.Items)
	}
	require.Equal(t, 1, size(owner))
	require.Zero(t, size(stranger))
	require.Equal(t, 1, size(supervisor))
}

func TestPagesHoldEveryConversationOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	supervisor := s.person(auth.Supervisor)
	for range 7 {
		s.Waiting("support")
	}
	for _, view := range []string{"all", "waiting", "open"} {
		seen := map[uuid.UUID]bool{}
		target, pages := "/conversations?limit=3&view="+view, 0
		for cursor := ""; ; pages++ {
			next := target
			if cursor != "" {
				next += "&cursor=" + cursor
			}
			var page struct {
				Items []spec.Conversation `json:"items"`
				Next  string              `json:"next_cursor"`
			}
			s.api(http.MethodGet, next, nil, as(supervisor)).ok(http.StatusOK).json(&page)
			for _, c := range page.Items {
				require.False(t, seen[c.Id], "twice in view %s", view)
				seen[c.Id] = true
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		require.Len(t, seen, 7, view)
		require.Equal(t, 2, pages, view)
	}
}

func TestWhatIsWrittenIntoAConversationComesBackLiterally(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent := s.person(auth.Agent, "support")
	id := s.owned(agent)
	base := "/conversations/" + id.String()
	patched := s.api(http.MethodPatch, base, map[string]any{"attributes": map[string]string{nasty: nasty}}, as(agent)).ok(http.StatusOK)
	require.Equal(t, map[string]any{nasty: nasty}, patched.field("attributes"))
	note := s.api(http.MethodPost, base+"/notes", map[string]any{"id": uuid.NewString(), "text": nasty}, as(agent)).ok(http.StatusOK)
	require.Equal(t, map[string]any{"text": nasty}, note.field("body"))
	closed := s.api(http.MethodPost, base+"/close", map[string]any{"outcome": nasty[:40], "note": nasty}, as(agent)).ok(http.StatusOK)
	require.Equal(t, nasty[:40], closed.field("outcome"))
	require.Equal(t, 2, s.count(`select count(*) from people`)+1, "the table is still there")
}

func TestWhatAPhaseDoesNotAllowIsRefusedInWords(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	supervisor := s.person(auth.Supervisor, "support")
	flow := "/conversations/" + s.Conversation().String()
	for _, route := range []string{"park", "wrap-up", "close"} {
		p := s.api(http.MethodPost, flow+"/"+route, "{}", as(supervisor)).refused(http.StatusConflict, "conflict")
		require.Contains(t, p.Detail, "the conversation is flow", route)
	}
	p := s.api(http.MethodPost, flow+"/messages/"+uuid.NewString()+"/retry", nil, as(supervisor)).refused(http.StatusConflict, "conflict")
	require.Contains(t, p.Detail, "has not failed")
	s.api(http.MethodPost, flow+"/assign", map[string]string{"agent_id": uuid.NewString()}, as(supervisor)).refused(http.StatusConflict, "conflict")
	agent := s.person(auth.Agent, "support")
	s.Exec(`update agents set capacity = 0 where id = $1`, supervisor.ID)
	s.api(http.MethodPost, flow+"/take-over", nil, as(supervisor)).refused(http.StatusConflict, "capacity")
	s.api(http.MethodPost, flow+"/take-over", nil, as(agent)).refused(http.StatusForbidden, "forbidden")
}

func TestTypingAndReadingAreShownToTheCustomer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent := s.person(auth.Agent, "support")
	id := s.owned(agent)
	s.api(http.MethodPost, "/conversations/"+id.String()+"/typing", nil, as(agent)).ok(http.StatusNoContent)
	require.Contains(t, s.pushed.to(realtime.ConversationChannel(id)), map[string]string{"t": "typing", "from": "agent", "name": agent.Name})
	require.Len(t, s.pushed.to(fmt.Sprintf("visitor:chat:%s", id)), 1, "the visitor's address is the conversation's id here")
}

func TestContactsAreChangedMergedAndTakenApart(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent := s.person(auth.Agent, "support")
	one, other := uuid.New(), uuid.New()
	s.Exec(`insert into contacts (id, name) values ($1, 'Kim Minji'), ($2, '')`, one, other)
	contact := func(id uuid.UUID) string { return "/contacts/" + id.String() }
	detail := s.api(http.MethodPatch, contact(one), map[string]any{"name": nasty[:100], "attributes": map[string]string{"size": nasty}, "phone": "010-1234-5678"}, as(agent)).ok(http.StatusOK)
	var d spec.ContactDetail
	detail.json(&d)
	require.Equal(t, nasty[:100], d.Contact.Name)
	require.Equal(t, nasty, d.Contact.Attributes["size"])
	require.Equal(t, "+821012345678", d.Identities[0].Address)

	for _, bad := range []string{`{"email":"nobody"}`, `{"phone":"12"}`, `{"email":"a@b@c"}`} {
		s.api(http.MethodPatch, contact(one), bad, as(agent)).refused(http.StatusBadRequest, "invalid")
	}
	p := s.api(http.MethodPatch, contact(other), `{"phone":"+82 10 1234 5678"}`, as(agent)).refused(http.StatusConflict, "conflict")
	require.Contains(t, p.Detail, "belongs to another contact")
	s.api(http.MethodPatch, contact(one), `{"email":"kim@example.com"}`, as(agent)).ok(http.StatusOK)
	s.api(http.MethodPatch, contact(uuid.New()), `{"name":"x"}`, as(agent)).refused(http.StatusNotFound, "not_found")
	s.api(http.MethodGet, contact(uuid.New()), nil, as(agent)).refused(http.StatusNotFound, "not_found")

	merge := func(into, from uuid.UUID) reply {
		return s.api(http.MethodPost, contact(into)+"/merge", map[string]string{"other_id": from.String()}, as(agent))
	}
	merge(one, one).refused(http.StatusConflict, "conflict")
	merge(one, uuid.New()).refused(http.StatusNotFound, "not_found")
	merge(one, other).ok(http.StatusOK).json(&d)
	require.Len(t, d.Merges, 1)
	merge(one, other).refused(http.StatusConflict, "conflict")
	merge(other, one).refused(http.StatusConflict, "conflict")
	undo := "/contact-merges/" + d.Merges[0].Id.String() + "/undo"
	s.api(http.MethodPost, undo, nil, as(agent)).ok(http.StatusOK)
	s.api(http.MethodPost, undo, nil, as(agent)).refused(http.StatusNotFound, "not_found")
}
