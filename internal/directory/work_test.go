package directory_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/oapi-codegen/runtime/types"
	"github.com/stretchr/testify/require"

	"seax/api/spec"
	"seax/connectors"
	"seax/internal/auth"
	"seax/internal/directory"
	"seax/internal/plan"
	"seax/internal/secret"
)

func text(en string) spec.LocalText { return spec.LocalText{En: en} }

func queue(id string) spec.Queue {
	return spec.Queue{
		Id: id, Name: text(id), OfferTimeoutS: 20, WrapupS: 60, BoostS: 600, TimeZone: "Asia/Seoul", Outcomes: []spec.Outcome{},
		Hours: map[string][][]string{"mon": {{"09:00", "18:00"}}}, Holidays: []types.Date{{Time: time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)}},
	}
}

func TestQueuesSayWhetherTheyAreOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.CreateQueue(t.Context(), queue("weekdays"))
	require.NoError(t, err)
	for at, open := range map[string]bool{
		"2026-03-02T00:30:00Z": true,  // Monday, 09:30 in Seoul
		"2026-03-02T09:00:00Z": false, // 18:00
		"2026-03-09T00:30:00Z": false, // a Monday, but a holiday
	} {
		now, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		w.note(func() { w.now = now })
		all, err := w.Queues(t.Context())
		require.NoError(t, err)
		for _, q := range all {
			require.Equal(t, open || q.Id != "weekdays", *q.Open, "%s at %s", q.Id, at)
		}
	}
}

func TestQueuesThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for at, change := range map[string]func(*spec.Queue){
		"time_zone":           func(q *spec.Queue) { q.TimeZone = "Seoul" },
		"hours.someday":       func(q *spec.Queue) { q.Hours = map[string][][]string{"someday": {}} },
		"members_when":        func(q *spec.Queue) { q.MembersWhen = to("agent.skils.ko > 5") },
		"overflow.full.queue": func(q *spec.Queue) { q.Overflow = &spec.QueueOverflow{Full: &plan.Target{Queue: "nowhere"}} },
		"outcomes[1].id": func(q *spec.Queue) {
			q.Outcomes = []spec.Outcome{{Id: "a", Label: text("A")}, {Id: "a", Label: text("B")}}
		},
	} {
		q := queue("new")
		change(&q)
		_, err := w.CreateQueue(t.Context(), q)
		w.requireProblem(err, at, "")
		_, err = w.UpdateQueue(t.Context(), "support", q)
		w.requireProblem(err, at, "")
	}
	_, err := w.CreateQueue(t.Context(), queue("support"))
	w.requireConflict(err, "Queue support exists already.")
	q := queue("new")
	q.Name = text("nul \x00")
	_, err = w.CreateQueue(t.Context(), q)
	w.requireInvalid(err, "body")
}

// What waits may find somebody after a change, so routing hears of it; not of one that did not happen.
func TestRoutingHearsOfChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	q := queue("support")
	q.Version = to(1)
	_, err := w.UpdateQueue(t.Context(), "support", q)
	require.NoError(t, err)
	require.Equal(t, 1, w.routing)
	_, err = w.UpdateQueue(t.Context(), "support", q)
	require.ErrorIs(t, err, directory.ErrStale)
	_, err = w.UpdateQueue(t.Context(), "nowhere", q)
	require.ErrorIs(t, err, directory.ErrNotFound)
	require.Equal(t, 1, w.routing)
}

func TestWhatIsUsedCannotBeRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana := w.Agent("Ana", 100, map[string]int{"ko": 50}, "support")
	w.Exec(`update people set email = 'ana@desk.example' where id = $1`, ana.ID)
	w.Plan(plan.Plan{ID: "express", Rules: []plan.Rule{{Name: "vip", When: "request.priority > 5", Skills: map[string]int{"en": 5}, Steps: []plan.Step{{Queue: "billing"}}}}, Default: plan.Rule{Steps: []plan.Step{{}}}})
	w.requireConflict(w.DeleteSkill(t.Context(), "ko", nil), "The skill ko is still in use by ana@desk.example; change that first.")
	w.requireConflict(w.DeleteSkill(t.Context(), "en", nil), "The skill en is still in use by plan express (rules[0].skills); change that first.")
	require.NoError(t, w.DeleteSkill(t.Context(), "vip", nil))
	require.ErrorIs(t, w.DeleteSkill(t.Context(), "vip", nil), directory.ErrNotFound)
	w.requireConflict(w.DeleteQueue(t.Context(), "support", nil), "The queue support is still in use by ana@desk.example, channel chat; change that first.")
	w.requireConflict(w.DeleteQueue(t.Context(), "billing", nil), "The queue billing is still in use by plan express (rules[0].steps[0]); change that first.")
	require.NoError(t, w.DeletePlan(t.Context(), "express", nil))
	require.NoError(t, w.DeleteQueue(t.Context(), "billing", nil))
	w.requireConflict(w.DeletePresence(t.Context(), "available", nil), "Built-in presences stay.")
	w.Exec(`update agents set presence = 'break'`)
	w.requireConflict(w.DeletePresence(t.Context(), "break", nil), "still in use by 2 people who are in it")
	require.NoError(t, w.DeletePresence(t.Context(), "meeting", nil))
	w.Waiting("support")
	w.requireConflict(w.DeleteQueue(t.Context(), "support", nil), "channel chat, 1 conversation; change that first.")
	w.requireConflict(w.DeleteChannel(t.Context(), "chat", nil), "Channel chat has 1 conversations")
}

func TestWhatQueuesPromise(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	q, err := w.Queue(t.Context(), "support")
	require.NoError(t, err)
	require.Equal(t, spec.RankByArrival, *q.RankBy)
	q.RankBy = to(spec.RankBySla)
	_, err = w.UpdateQueue(t.Context(), "support", q)
	w.requireProblem(err, "rank_by", "must promise a first reply")
	q.Sla = &spec.SlaTargets{FirstReplyS: to(600), ResolutionS: to(300)}
	_, err = w.UpdateQueue(t.Context(), "support", q)
	w.requireProblem(err, "sla.resolution_s", "shorter than")
	q.Sla.ResolutionS = to(7200)
	changed, err := w.UpdateQueue(t.Context(), "support", q)
	require.NoError(t, err)
	require.Equal(t, spec.RankBySla, *changed.RankBy)
	require.Equal(t, 7200, *changed.Sla.ResolutionS)
}

func channel(id string) spec.ChannelInput {
	return spec.ChannelInput{Id: id, Kind: "webchat", Name: "Shop", Flow: "assistant", Queue: "support"}
}

func TestChannelsAreCheckedByTheirConnector(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for field, change := range map[string]func(*spec.ChannelInput){
		"kind":           func(in *spec.ChannelInput) { in.Kind = "fax" },
		"flow":           func(in *spec.ChannelInput) { in.Flow = "nothing" },
		"settings.color": func(in *spec.ChannelInput) { in.Settings = &map[string]string{"color": "blue"} },
		"settings.size":  func(in *spec.ChannelInput) { in.Settings = &map[string]string{"size": "L"} },
		"settings.rate":  func(in *spec.ChannelInput) { in.Settings = &map[string]string{"rate": "fast"} },
		"settings.shape": func(in *spec.ChannelInput) { in.Settings = &map[string]string{"shape": "round"} },
	} {
		in := channel("shop")
		change(&in)
		_, err := w.CreateChannel(t.Context(), in)
		w.requireInvalid(err, field)
	}
	in := channel("shop")
	in.Queue = "nowhere"
	_, err := w.CreateChannel(t.Context(), in)
	w.requireConflict(err, `"nowhere", which is not among the queues`)
	first, err := w.CreateChannel(t.Context(), channel("shop"))
	require.NoError(t, err)
	second, err := w.CreateChannel(t.Context(), channel("blog"))
	require.NoError(t, err)
	require.Len(t, first.Secret, 32)
	require.NotEqual(t, first.Secret, second.Secret)
}

// An account is believed for a few seconds without asking; a change made in this process holds at once.
func TestAccountsAreRememberedForAMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, err := w.CreateChannel(t.Context(), channel("shop"))
	require.NoError(t, err)
	account := func() (connectors.Account, error) { return w.Account(t.Context(), "shop") }
	_, err = account()
	require.NoError(t, err)
	w.Exec(`update channels set name = 'Elsewhere changed' where id = 'shop'`)
	found, err := account()
	require.NoError(t, err)
	require.Equal(t, "Shop", found.Name)
	w.note(func() { w.now = w.now.Add(5 * time.Second) })
	found, err = account()
	require.NoError(t, err)
	require.Equal(t, "Elsewhere changed", found.Name)

	in := channel("shop")
	in.Enabled, in.Version, in.Settings = to(false), &made.Version, &map[string]string{"color": "red"}
	changed, err := w.UpdateChannel(t.Context(), "shop", in)
	require.NoError(t, err)
	require.Equal(t, made.Secret, changed.Secret, "tokens that are out stay valid")
	_, err = account()
	require.ErrorIs(t, err, connectors.ErrNoAccount, "switched off")
	require.NoError(t, w.DeleteChannel(t.Context(), "shop", nil))
	for _, id := range []string{"shop", "", "\xff", "nul\x00", strings.Repeat("x", 10_000), "'; drop table channels; --"} {
		_, err := w.Account(t.Context(), id)
		require.ErrorIs(t, err, connectors.ErrNoAccount, "%.20q", id)
	}
}

// A provider gives a new token in the place of the one it was shown. What an admin has entered meanwhile stays.
func TestASecretIsReplacedByItsSuccessor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := channel("sms")
	in.Settings = &map[string]string{"number": "+15550001", "token": "first"}
	made, err := w.CreateChannel(t.Context(), in)
	require.NoError(t, err)
	token := func() string {
		account, err := w.Account(t.Context(), "sms")
		require.NoError(t, err)
		require.Equal(t, made.Version, account.Version, "nobody has changed the channel")
		return account.Secrets["token"]
	}
	was, err := w.Account(t.Context(), "sms")
	require.NoError(t, err)
	require.NoError(t, w.ReplaceSecret(t.Context(), was, "token", "second"))
	require.Equal(t, "second", token())
	require.NoError(t, w.ReplaceSecret(t.Context(), was, "token", "late"))
	require.Equal(t, "second", token())
	require.NoError(t, w.ReplaceSecret(t.Context(), connectors.Account{ID: "gone"}, "token", "x"))
}

// What admins do to a channel is written down; its secrets are not, only that they have changed.
func TestChangesOfAChannelAreAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := auth.WithPrincipal(t.Context(), auth.Principal{ID: w.me, Name: "Admin", Role: auth.Admin})
	in := channel("sms")
	in.Settings = &map[string]string{"number": "+15550001", "token": "tok-en-123"}
	made, err := w.CreateChannel(ctx, in)
	require.NoError(t, err)
	in.Settings, in.Version = &map[string]string{"number": "+15550002", "token": "tok-en-456"}, &made.Version
	_, err = w.UpdateChannel(ctx, "sms", in)
	require.NoError(t, err)
	require.NoError(t, w.DeleteChannel(ctx, "sms", nil))
	_, err = w.CreateSkill(t.Context(), spec.Skill{Id: "wine", Label: text("Wine")})
	require.NoError(t, err, "what nobody is known to do leaves no trace")

	var kept string
	require.NoError(t, w.Pool.QueryRow(t.Context(), `select string_agg(action || ' ' || name || ' ' || coalesce(detail ->> 'fields', ''), E'\n' order by id) from audit`).Scan(&kept))
	require.NotContains(t, kept, "tok-en")
	lines := strings.Split(kept, "\n")
	require.Len(t, lines, 3)
	require.Contains(t, lines[0], "channel.create Admin")
	require.Contains(t, lines[0], `"settings.number"`)
	require.Contains(t, lines[1], "channel.change Admin")
	require.JSONEq(t, `[{"path": "settings.number", "from": "+15550001", "to": "+15550002"}, {"path": "settings.token"}]`, strings.TrimPrefix(lines[1], "channel.change Admin "))
	require.Contains(t, lines[2], "channel.remove Admin")
}

// A secret goes in and is never seen again: not by admins, and not by who reads the database.
func TestSecretsAreWriteOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := channel("sms")
	in.Settings = &map[string]string{"number": "+15550001", "token": "tok-en-123", "rate": ""}
	made, err := w.CreateChannel(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"number": "+15550001"}, made.Settings)
	require.Equal(t, "tok-en-123", made.Secrets["token"])
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", made.Secrets, made.Account, made.Secrets), "tok-en-123")
	encoded, err := json.Marshal(made)
	require.NoError(t, err)
	require.NotContains(t, string(encoded), "tok-en-123")
	var stored string
	require.NoError(t, w.Pool.QueryRow(t.Context(), `select c::text || encode(secrets, 'escape') from channels c where id = 'sms'`).Scan(&stored))
	require.NotContains(t, stored, "tok-en-123")

	update := func(settings map[string]string) connectors.Account {
		in.Settings, in.Version = &settings, &made.Version
		made, err = w.UpdateChannel(t.Context(), "sms", in)
		require.NoError(t, err)
		account, err := w.Account(t.Context(), "sms")
		require.NoError(t, err)
		return account
	}
	require.Equal(t, "tok-en-123", update(map[string]string{"number": "+15550002"}).Secrets["token"], "what is not given stays")
	require.Equal(t, "other", update(map[string]string{"token": "other"}).Secrets["token"])
	require.Empty(t, update(map[string]string{"token": ""}).Secrets)

	// With another key the account is there and its secrets are not.
	update(map[string]string{"token": "again"})
	wrong, err := secret.New(bytes.Repeat([]byte("x"), secret.KeyBytes))
	require.NoError(t, err)
	other := directory.New(w.Pool, connectors.NewRegistry(chat{}), []string{"assistant"}, directory.Hooks{}, wrong, w.clock)
	account, err := other.Account(t.Context(), "sms")
	require.NoError(t, err)
	require.Empty(t, account.Secrets)
	// Nor are those of one account good for another.
	w.Exec(`update channels set secrets = (select secrets from channels where id = 'sms') where id = 'chat'`)
	account, err = w.Account(t.Context(), "chat")
	require.NoError(t, err)
	require.Empty(t, account.Secrets)
}

// What signs for an account is unreadable in the database, too, also where it was made by hand.
func TestOwnSecretsAreSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plain := bytes.Repeat([]byte("by hand "), 4)
	w.Exec(`update channels set secret = $1 where id = 'chat'`, plain)
	require.NoError(t, w.SealSecrets(t.Context()))
	require.NoError(t, w.SealSecrets(t.Context()), "once more has nothing to do")
	account, err := w.Account(t.Context(), "chat")
	require.NoError(t, err)
	require.Equal(t, plain, account.Secret)
	in := channel("sms")
	in.Settings = &map[string]string{"number": "+15550001"}
	made, err := w.CreateChannel(t.Context(), in)
	require.NoError(t, err)
	require.Len(t, made.Secret, 32)

	stored := map[string][]byte{"chat": plain, "sms": made.Secret}
	for id, secret := range stored {
		var row, sealed []byte
		require.NoError(t, w.Pool.QueryRow(t.Context(), `select c::text::bytea, sealed_secret from channels c where id = $1`, id).Scan(&row, &sealed))
		require.NotContains(t, string(row), fmt.Sprintf("%x", secret))
		require.NotContains(t, string(sealed), string(secret))
	}
	// With another key, or from another account, it is one that nobody knows.
	wrong, err := secret.New(bytes.Repeat([]byte("x"), secret.KeyBytes))
	require.NoError(t, err)
	other := directory.New(w.Pool, connectors.NewRegistry(chat{}), []string{"assistant"}, directory.Hooks{}, wrong, w.clock)
	account, err = other.Account(t.Context(), "sms")
	require.NoError(t, err)
	require.Len(t, account.Secret, 32)
	require.NotEqual(t, made.Secret, account.Secret)
	in.Version = &made.Version
	saved, err := other.UpdateChannel(t.Context(), "sms", in)
	require.NoError(t, err)
	account, err = other.Account(t.Context(), "sms")
	require.NoError(t, err)
	require.Equal(t, saved.Secret, account.Secret, "saved, it is the new one")
	in.Version = &saved.Version
	made, err = w.UpdateChannel(t.Context(), "sms", in)
	require.NoError(t, err)
	w.Exec(`update channels set sealed_secret = (select sealed_secret from channels where id = 'sms') where id = 'chat'`)
	all, err := w.Channels(t.Context())
	require.NoError(t, err)
	for _, c := range all {
		require.Equal(t, c.ID == "sms", bytes.Equal(made.Secret, c.Secret), c.ID)
	}
}

// Events name their account by the provider's id of it, which no two channels share.
func TestAccountsAreFoundByTheProvidersKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := channel("one")
	first.Settings = &map[string]string{"number": "7"}
	made, err := w.CreateChannel(t.Context(), first)
	require.NoError(t, err)
	second := channel("two")
	second.Settings = first.Settings
	_, err = w.CreateChannel(t.Context(), second)
	w.requireConflict(err, "Channel Shop is connected to this account of the provider already.")
	second.Settings = nil
	for _, id := range []string{"two", "three"} {
		second.Id = id
		_, err = w.CreateChannel(t.Context(), second)
		require.NoError(t, err, "what is not set up yet is in nobody's way")
	}
	found, err := w.ChannelByKey(t.Context(), "webchat", "7")
	require.NoError(t, err)
	require.Equal(t, "one", found.ID)
	for _, key := range []string{"", "8", "\x00", "\xff"} {
		_, err = w.ChannelByKey(t.Context(), "webchat", key)
		require.ErrorIs(t, err, connectors.ErrNoAccount, "%q", key)
	}
	_, err = w.ChannelByKey(t.Context(), "fax", "7")
	require.ErrorIs(t, err, connectors.ErrNoAccount)
	first.Settings, first.Version = &map[string]string{"number": "8"}, &made.Version
	_, err = w.UpdateChannel(t.Context(), "one", first)
	require.NoError(t, err)
	_, err = w.ChannelByKey(t.Context(), "webchat", "7")
	require.ErrorIs(t, err, connectors.ErrNoAccount)
}

// What is tried before it is saved is what saving would make.
func TestADraftTakesItsSecretsFromWhatIsSaved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := channel("sms")
	in.Settings = &map[string]string{"token": "saved"}
	made, err := w.CreateChannel(t.Context(), in)
	require.NoError(t, err)
	draft := func(id string, settings map[string]string) connectors.Account {
		account, _, err := w.DraftOf(t.Context(), spec.ChannelCheckInput{Id: &id, Kind: "webchat", Settings: &settings})
		require.NoError(t, err)
		return account
	}
	account := draft("sms", map[string]string{"number": "9"})
	require.Equal(t, "saved", account.Secrets["token"])
	require.Equal(t, "9", account.Settings["number"])
	require.Equal(t, made.Secret, account.Secret)
	require.Equal(t, "tried", draft("sms", map[string]string{"token": "tried"}).Secrets["token"])
	require.Empty(t, draft("new", nil).Secrets)
	_, _, err = w.DraftOf(t.Context(), spec.ChannelCheckInput{Kind: "webchat", Settings: &map[string]string{"color": "blue"}})
	w.requireInvalid(err, "settings.color")
}

func TestArticlesAndRepliesAreFoundLiterally(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := spec.ArticleInput{Locale: "en", Title: `50% off`, Body: "<script>alert(1)</script> '; drop table articles; --"}
	made, err := w.CreateArticle(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, in.Body, made.Body)
	for query, n := range map[string]int{"": 1, "50%": 1, "5_%": 0, "script": 1, `\`: 0, "'; DROP": 1} {
		found, err := w.Articles(t.Context(), query, "")
		require.NoError(t, err)
		require.Len(t, found, n, query)
	}
	none, err := w.Articles(t.Context(), "", "ko")
	require.NoError(t, err)
	require.Empty(t, none)
	in.Title, in.Version = "60% off", to(made.Version)
	_, err = w.UpdateArticle(t.Context(), made.Id, in)
	require.NoError(t, err)
	_, err = w.UpdateArticle(t.Context(), made.Id, in)
	require.ErrorIs(t, err, directory.ErrStale)
	require.NoError(t, w.DeleteArticle(t.Context(), made.Id, nil))
	require.ErrorIs(t, w.DeleteArticle(t.Context(), made.Id, nil), directory.ErrNotFound)

	reply := spec.CannedReplyInput{Shortcut: "hi", Locale: "en", Title: "Hi", Body: "Hello!"}
	_, err = w.CreateCannedReply(t.Context(), reply)
	require.NoError(t, err)
	_, err = w.CreateCannedReply(t.Context(), reply)
	w.requireConflict(err, "/hi (en) exists already.")
	reply.Locale = "ko"
	_, err = w.CreateCannedReply(t.Context(), reply)
	require.NoError(t, err, "in another language it may have the same shortcut")
}
