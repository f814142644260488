package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/auth"
)

// entry is a kind of thing admins set up: how one is made, and how one is changed.
type entry struct {
	route string
	// id names the field that is part of its address.
	id   string
	body map[string]any
	// text is a field in which any text is allowed.
	text string
}

func local(text string) map[string]any { return map[string]any{"en": text, "ko": text} }

func entries() map[string]entry {
	return map[string]entry{
		"queue": {"/queues", "id", map[string]any{
			"id": "vip", "name": local("VIP"), "offer_timeout_s": 20, "wrapup_s": 60, "boost_s": 0, "strict": false, "time_zone": "Asia/Seoul",
			"hours": map[string]any{"mon": []any{[]any{"09:00", "18:00"}}}, "holidays": []any{"2031-01-01"}, "outcomes": []any{map[string]any{"id": "done", "label": local("Done")}},
		}, "name"},
		"skill":    {"/skills", "id", map[string]any{"id": "pt", "label": local("Portuguese")}, "label"},
		"presence": {"/presences", "id", map[string]any{"id": "lunch", "label": local("Lunch"), "offers_work": false}, "label"},
		"plan": {"/plans", "id", map[string]any{
			"id": "express", "name": local("Express"), "default": map[string]any{"steps": []any{map[string]any{"queue": "support"}}},
		}, "name"},
		"article": {"/articles", "id", map[string]any{"locale": "en", "title": "T", "body": "B"}, "body"},
		"reply":   {"/canned-replies", "id", map[string]any{"shortcut": "hi", "locale": "en", "title": "T", "body": "B"}, "body"},
		"channel": {"/channels", "id", map[string]any{"id": "shop", "kind": "webchat", "name": "Shop", "flow": "assistant", "queue": "support"}, "name"},
		"person": {"/people", "id", map[string]any{
			"email": "kim@desk.example", "name": "Kim", "role": "agent", "password": password, "skills": map[string]any{"en": 50}, "queues": map[string]any{"support": 1},
		}, "name"},
	}
}

func with(body map[string]any, field string, value any) map[string]any {
	changed := maps.Clone(body)
	changed[field] = value
	return changed
}

func TestWhatAdminsSetUpIsMadeChangedAndRemoved(t *testing.T) {
	t.Parallel()
	shared := newServer(t)
	admin := shared.person(auth.Admin)
	for name, e := range entries() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := *shared
			s.t = t
			made := s.api(http.MethodPost, e.route, e.body, as(admin)).ok(http.StatusCreated)
			id, _ := made.field("id").(string)
			at := e.route + "/" + id
			require.Contains(t, string(s.api(http.MethodGet, e.route, nil, as(admin)).ok(http.StatusOK).Body), id)

			// Whatever is written is text, nothing else.
			var text any = nasty[:100]
			if _, isLocal := e.body[e.text].(map[string]any); isLocal {
				text = local(nasty[:100])
			}
			version, _ := made.field("version").(float64)
			next := with(with(e.body, e.text, text), "version", version)
			changed := s.api(http.MethodPut, at, next, as(admin)).ok(http.StatusOK)
			require.Equal(t, text, changed.field(e.text))
			require.InEpsilon(t, version+1, changed.field("version"), 0)

			// Who comes second with the old version is told; so is who has none.
			s.api(http.MethodPut, at, next, as(admin)).refused(http.StatusConflict, "stale_version")
			delete(next, "version")
			s.api(http.MethodPut, at, next, as(admin)).refused(http.StatusConflict, "stale_version")
			s.api(http.MethodPut, at, with(next, "version", -1), as(admin)).refused(http.StatusConflict, "stale_version")

			if e.route != "/articles" {
				again := s.api(http.MethodPost, e.route, e.body, as(admin)).refused(http.StatusConflict, "conflict")
				require.Contains(t, again.Detail, "exists already")
			}
			// So is who removes what they have not seen.
			s.api(http.MethodDelete, fmt.Sprintf("%s?version=%.0f", at, version), nil, as(admin)).refused(http.StatusConflict, "stale_version")
			s.api(http.MethodDelete, at+"?version=99999999999", nil, as(admin)).refused(http.StatusConflict, "stale_version")
			s.api(http.MethodDelete, fmt.Sprintf("%s?version=%.0f", at, version+1), nil, as(admin)).ok(http.StatusNoContent)
			if e.route == "/people" {
				return // they are deactivated, and stay
			}
			s.api(http.MethodDelete, at, nil, as(admin)).refused(http.StatusNotFound, "not_found")
			s.api(http.MethodPut, at, with(next, "version", version+1), as(admin)).refused(http.StatusNotFound, "not_found")
		})
	}
}

// A client reads an entry, changes a field and sends all of it back, with what only the server says.
func TestWhatWasReadCanBeWrittenBack(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	for _, list := range []string{"/queues", "/presences", "/skills", "/people"} {
		var all struct {
			Items []map[string]any `json:"items"`
		}
		s.api(http.MethodGet, list, nil, as(admin)).ok(http.StatusOK).json(&all)
		require.NotEmpty(t, all.Items)
		for _, entry := range all.Items {
			id, _ := entry["id"].(string)
			s.api(http.MethodPut, list+"/"+id, entry, as(admin)).ok(http.StatusOK)
		}
	}
}

func TestWhatIsInUseStays(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	agent := s.person(auth.Agent, "support")
	s.owned(agent)
	s.Exec(`insert into agent_skills values ($1, 'en', 50)`, agent.ID)
	s.Exec(`update agents set presence = 'meeting' where id = $1`, agent.ID)
	for target, word := range map[string]string{
		"/queues/support":              "channel chat, 1 conversation; change that first",
		"/channels/chat":               "switch it off",
		"/skills/en":                   "The skill en is still in use by " + agent.ID.String() + "@test",
		"/presences/meeting":           "still in use by somebody who is in it",
		"/presences/offline":           "Built-in presences stay",
		"/people/" + admin.ID.String(): "yourself",
	} {
		p := s.api(http.MethodDelete, target, nil, as(admin)).refused(http.StatusConflict, "conflict")
		require.Contains(t, p.Detail, word, target)
	}
	s.Exec(`insert into channels (id, kind, name, queue_id, secret) values ('bill', 'webchat', 'Bill', 'billing', 'secret')`)
	p := s.api(http.MethodDelete, "/queues/billing", nil, as(admin)).refused(http.StatusConflict, "conflict")
	require.Contains(t, p.Detail, "The queue billing is still in use by channel bill")
}

func TestWhatIsNamedMustExist(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	all := entries()
	for name, c := range map[string]struct {
		route string
		body  map[string]any
		word  string
	}{
		"a channel's queue": {"/channels", with(all["channel"].body, "queue", "nothing"), `names "nothing", which is not among the queues`},
	} {
		p := s.api(http.MethodPost, c.route, c.body, as(admin)).refused(http.StatusConflict, "conflict")
		require.Contains(t, p.Detail, c.word, name)
	}
	for name, body := range map[string]map[string]any{
		"kind":             with(all["channel"].body, "kind", "fax"),
		"flow":             with(all["channel"].body, "flow", "<script>"),
		"settings.color":   with(all["channel"].body, "settings", map[string]any{"color": "red"}),
		"settings.origins": with(all["channel"].body, "settings", map[string]any{"origins": "https://shop.example/path"}),
		"settings.nothing": with(all["channel"].body, "settings", map[string]any{"nothing": "x"}),
	} {
		p := s.api(http.MethodPost, "/channels", body, as(admin)).refused(http.StatusBadRequest, "invalid")
		require.Contains(t, p.Fields, name)
	}
	for field, body := range map[string]map[string]any{
		"skills.flying":  with(all["person"].body, "skills", map[string]any{"flying": 1}),
		"queues.nothing": with(all["person"].body, "queues", map[string]any{"nothing": 1}),
		"delays.billing": with(all["person"].body, "delays", map[string]any{"billing": 1}),
	} {
		p := s.api(http.MethodPost, "/people", body, as(admin)).refused(http.StatusBadRequest, "invalid")
		require.Contains(t, p.Fields, field)
	}
	queue := with(all["queue"].body, "outcomes", []any{map[string]any{"id": "a", "label": local("A")}, map[string]any{"id": "a", "label": local("B")}})
	require.Contains(t, s.api(http.MethodPost, "/queues", queue, as(admin)).refused(http.StatusBadRequest, "invalid").Fields, "outcomes[1].id")
	presence := with(all["presence"].body, "position", 99999999999)
	require.Contains(t, s.api(http.MethodPost, "/presences", presence, as(admin)).refused(http.StatusBadRequest, "invalid").Fields, "position")
	require.Zero(t, s.count(`select count(*) from people where email like 'kim%'`), "a refused person is not half there")
}

func TestRulesOfPeopleAndPresences(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin, agent := s.person(auth.Admin), s.person(auth.Agent, "support")
	s.owned(agent)
	person := func(id uuid.UUID, change map[string]any) reply {
		body := map[string]any{"email": id.String() + "@desk.example", "name": "Kim", "role": "agent", "version": s.count(`select version from people where id = $1`, id)}
		maps.Copy(body, change)
		return s.api(http.MethodPut, "/people/"+id.String(), body, as(admin))
	}
	p := person(agent.ID, map[string]any{"capacity": 10}).refused(http.StatusConflict, "conflict")
	require.Contains(t, p.Detail, "carries more than that")
	p = person(admin.ID, nil).refused(http.StatusConflict, "conflict")
	require.Contains(t, p.Detail, "your own admin rights")
	p = person(admin.ID, map[string]any{"role": "admin", "active": false}).refused(http.StatusConflict, "conflict")
	require.Contains(t, p.Detail, "your own admin rights")
	p = person(agent.ID, map[string]any{"email": strings.ToUpper(admin.ID.String()) + "@TEST"}).refused(http.StatusConflict, "conflict")
	require.Contains(t, p.Detail, "exists already")
	offline := map[string]any{"id": "offline", "label": local("Off"), "offers_work": true, "version": 1}
	p = s.api(http.MethodPut, "/presences/offline", offline, as(admin)).refused(http.StatusBadRequest, "invalid")
	require.Equal(t, map[string]string{"offers_work": "Whether a built-in presence offers work cannot be changed."}, p.Fields)
}

func TestANewRoleHoldsAtOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin, other := s.person(auth.Admin), s.person(auth.Admin)
	s.api(http.MethodGet, "/people", nil, as(other)).ok(http.StatusOK)
	body := map[string]any{"email": "lee@desk.example", "name": "Lee", "role": "agent", "version": 1}
	s.api(http.MethodPut, "/people/"+other.ID.String(), body, as(admin)).ok(http.StatusOK)
	s.api(http.MethodGet, "/people", nil, as(other)).refused(http.StatusForbidden, "forbidden")
}

func TestChannelsTellWhatToPasteElsewhere(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	made := s.api(http.MethodPost, "/channels", entries()["channel"].body, as(admin)).ok(http.StatusCreated)
	require.Equal(t, "https://desk.example/webhooks/webchat/shop", made.field("webhook_url"))
	require.Contains(t, made.field("snippet"), `data-channel="shop"`)
	require.Len(t, made.field("identity_secret"), 64)
	require.NotContains(t, string(made.Body), `"secret"`)
}
