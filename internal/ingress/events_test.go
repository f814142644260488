package ingress_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/internal/conversation"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/ingress"
)

// accept accepts events and returns what became of each.
func accept(t *testing.T, in *ingress.Ingress, events ...connectors.Inbound) []connectors.ResultStatus {
	t.Helper()
	results, err := in.Accept(t.Context(), chat, events)
	require.NoError(t, err)
	statuses := make([]connectors.ResultStatus, len(results))
	for i, r := range results {
		require.Equal(t, events[i].ProviderID, r.ProviderID)
		statuses[i] = r.Status
	}
	return statuses
}

// body returns the body of the newest event of a kind.
func body(t *testing.T, f *dispatchtest.Floor, id uuid.UUID, kind conversation.Kind) (raw string) {
	t.Helper()
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select body::text from conversation_events where conversation_id = $1 and kind = $2 order by seq desc limit 1`, id, kind).Scan(&raw))
	return raw
}

const (
	accepted  = connectors.ResultAccepted
	duplicate = connectors.ResultDuplicate
	ignored   = connectors.ResultIgnored
)

func TestWhatCustomersDoToTheirMessages(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	require.Equal(t, []connectors.ResultStatus{accepted, accepted}, accept(t, in,
		message("v1", "m1", "helo"), connectors.Inbound{Type: connectors.InEdited, Address: "v1", ProviderID: "e1", Target: "m1", Message: conversation.Message{Text: "hello"}}))
	id := openID(t, f, "v1")
	require.JSONEq(t, `{"message_seq": 2, "text": "hello", "ref": "e1"}`, body(t, f, id, conversation.MessageEdited))
	react := connectors.Inbound{Type: connectors.InReaction, Address: "v1", ProviderID: "r1", Target: "m1", Emoji: "❤️"}
	require.Equal(t, []connectors.ResultStatus{accepted, duplicate}, accept(t, in, react, react))
	require.JSONEq(t, `{"message_seq": 2, "emoji": "❤️"}`, body(t, f, id, conversation.MessageReaction))
	require.Equal(t, []connectors.ResultStatus{accepted}, accept(t, in, connectors.Inbound{Type: connectors.InReaction, Address: "v1", Target: "m1"}))
	require.JSONEq(t, `{"message_seq": 2, "emoji": ""}`, body(t, f, id, conversation.MessageReaction))

	// A reaction to what we said.
	seq, _, err := f.Log.Say(t.Context(), id, conversation.Saying{ID: conversation.NewID(), Kind: conversation.BotMessage, Message: conversation.Message{Text: "hi"}})
	require.NoError(t, err)
	settle(t, f, id, seq, conversation.Outcome{Status: conversation.StatusSent, ProviderID: "ours"})
	require.Equal(t, []connectors.ResultStatus{accepted, ignored, ignored, ignored}, accept(t, in,
		connectors.Inbound{Type: connectors.InReaction, Address: "v1", Target: "ours", Emoji: "👍"},
		connectors.Inbound{Type: connectors.InReaction, Address: "v1", Target: "nothing", Emoji: "👍"},
		connectors.Inbound{Type: connectors.InEdited, Address: "v1", Target: "nothing", Message: conversation.Message{Text: "x"}},
		connectors.Inbound{Type: connectors.InDeleted, Address: "v1", Target: "nothing"}))
	require.JSONEq(t, fmt.Sprintf(`{"message_seq": %d, "emoji": "👍"}`, seq), body(t, f, id, conversation.MessageReaction))

	// An answer names what it answers.
	reply := message("v1", "m2", "this one")
	reply.ReplyTo = "ours"
	accept(t, in, reply)
	require.JSONEq(t, fmt.Sprintf(`{"text": "this one", "ref": "m2", "reply_to": %d}`, seq), body(t, f, id, conversation.CustomerMessage))
	requireGapless(t, f, id)
}

// What is taken back is gone: from the log, from lists, and its files.
func TestWhatIsTakenBackIsForgotten(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	secret := message("v1", "m1", "my card is 4111 1111")
	secret.Files = []connectors.MediaRef{{URL: "https://x.example/card.png", Name: "card.png", MediaType: "image/png"}}
	accept(t, in, secret, connectors.Inbound{Type: connectors.InEdited, Address: "v1", Target: "m1", Message: conversation.Message{Text: "my card is 4111"}})
	id := openID(t, f, "v1")
	f.Exec(`insert into files (id, name, media_type, size, sha256, uploaded_by) select id, 'card.png', 'image/png', 1, '', 'customer' from media`)
	require.Equal(t, []connectors.ResultStatus{accepted}, accept(t, in, connectors.Inbound{Type: connectors.InDeleted, Address: "v1", Target: "m1"}))
	var left string
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select (select string_agg(body::text, '') from conversation_events) || (select string_agg(preview, '') from conversations)
		|| (select count(*) from files) || (select count(*) from media)`).Scan(&left))
	require.NotContains(t, left, "4111")
	require.NotContains(t, left, "card.png")
	require.True(t, strings.HasSuffix(left, "00"), left)
	require.Contains(t, f.Kinds(id), conversation.MessageDeleted)
	requireGapless(t, f, id)
}

// Files are named with the message and come later.
func TestFilesAreNotedForFetching(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	e := message("v1", "m1", "")
	e.Files = []connectors.MediaRef{
		{ID: "F1", Name: "a\x00.png", MediaType: "image/png", Size: 7}, {URL: "https://x.example/v.ogg", Voice: true, Size: -1},
	}
	accept(t, in, e)
	var m conversation.Message
	require.NoError(t, json.Unmarshal([]byte(body(t, f, openID(t, f, "v1"), conversation.CustomerMessage)), &m))
	require.Len(t, m.Attachments, 2)
	require.Equal(t, conversation.Attachment{ID: m.Attachments[0].ID, Name: "a.png", MediaType: "image/png", Size: 7, State: conversation.AttachmentPending}, m.Attachments[0])
	require.True(t, m.Attachments[1].Voice)
	var refs int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select count(*) from media where state = 'pending' and seq = 2 and id = any($1)`,
		[]uuid.UUID{m.Attachments[0].ID, m.Attachments[1].ID}).Scan(&refs))
	require.Equal(t, 2, refs)
}

func TestWhatCannotBeShownIsKept(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	odd := message("v1", "m1", "")
	odd.Message.Unsupported = &conversation.Unsupported{Type: "hologram"}
	odd.Raw = []byte(`{"hologram":"` + strings.Repeat("x", 200_000) + "\xff\x00" + `"}`)
	accept(t, in, odd)
	var m conversation.Message
	require.NoError(t, json.Unmarshal([]byte(body(t, f, openID(t, f, "v1"), conversation.CustomerMessage)), &m))
	require.Equal(t, "hologram", m.Unsupported.Type)
	require.True(t, strings.HasPrefix(m.Unsupported.Raw, `{"hologram":"xxx`))
	require.LessOrEqual(t, len(m.Unsupported.Raw), conversation.UnsupportedRaw)
}

// What colleagues write elsewhere, and what machines answer, is shown and asks nothing of the flow.
func TestWhatIsSaidBesideTheTalk(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	echo := connectors.Inbound{Type: connectors.InEcho, Address: "v1", ProviderID: "x1", Message: conversation.Message{Text: "from the phone"}, Profile: connectors.Profile{Name: "Jo"}}
	auto := connectors.Inbound{Type: connectors.InAutomatic, Address: "v1", ProviderID: "x2", Message: conversation.Message{Text: "I am out of office"}}
	require.Equal(t, []connectors.ResultStatus{ignored, ignored}, accept(t, in, echo, auto), "nobody has written there yet")
	accept(t, in, message("v1", "m1", "hi"))
	id := openID(t, f, "v1")
	require.Equal(t, []connectors.ResultStatus{accepted, accepted, duplicate}, accept(t, in, echo, auto, echo))
	var inputs, deliveries int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select (select count(*) from outbox), (select count(*) from deliveries)`).Scan(&inputs, &deliveries))
	require.Equal(t, 1, inputs)
	require.Zero(t, deliveries)
	var actor string
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select actor->>'name' from conversation_events where kind = 'staff.message'`).Scan(&actor))
	require.Equal(t, "Jo", actor)

	// Our own message, seen from outside.
	seq, _, err := f.Log.Say(t.Context(), id, conversation.Saying{ID: conversation.NewID(), Kind: conversation.BotMessage, Message: conversation.Message{Text: "hi"}})
	require.NoError(t, err)
	settle(t, f, id, seq, conversation.Outcome{Status: conversation.StatusUnconfirmed, ProviderID: "ours"})
	echo.ProviderID = "ours"
	require.Equal(t, []connectors.ResultStatus{duplicate}, accept(t, in, echo))
	var status string
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select status from deliveries`).Scan(&status))
	require.Equal(t, "sent", status)

	closed, _, err := f.Log.Close(t.Context(), id, 1000, "done")
	require.NoError(t, err)
	require.True(t, closed)
	auto.ProviderID = "x3"
	require.Equal(t, []connectors.ResultStatus{accepted}, accept(t, in, auto), "it goes where the talk was")
	var open int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select count(*) from conversations where closed_at is null`).Scan(&open))
	require.Zero(t, open)
	requireGapless(t, f, id)
}

// The provider knows a customer by another id from now on: talk, person and everything go with it.
func TestCustomersMoveToAnotherAddress(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	accept(t, in, message("+82101", "m1", "hi"))
	id := openID(t, f, "+82101")
	moved := message("KR.77", "m2", "me again")
	moved.Formerly = "+82101"
	accept(t, in, moved, moved)
	require.Equal(t, id, openID(t, f, "KR.77"))
	require.Equal(t, []conversation.Kind{conversation.Opened, conversation.CustomerMessage, conversation.Readdressed, conversation.CustomerMessage}, f.Kinds(id))
	var addresses int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select count(*) from identities where address in ('+82101', 'KR.77')`).Scan(&addresses))
	require.Equal(t, 1, addresses)

	// Without an open conversation the person moves alone.
	closed, _, err := f.Log.Close(t.Context(), id, 1000, "done")
	require.NoError(t, err)
	require.True(t, closed)
	require.Equal(t, []connectors.ResultStatus{accepted}, accept(t, in, connectors.Inbound{Type: connectors.InContact, Address: "KR.78", Formerly: "KR.77"}))
	later := message("KR.79", "m3", "and again")
	later.Formerly = "KR.78"
	accept(t, in, later)
	var people int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select count(distinct contact_id) from conversations`).Scan(&people))
	require.Equal(t, 1, people)
}

func TestWhoDoesNotWantToBeWrittenTo(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	stop := message("v1", "m1", "STOP")
	stop.Consent = connectors.OptedOut
	accept(t, in, stop)
	id := openID(t, f, "v1")
	require.Equal(t, []conversation.Kind{conversation.Opened, conversation.CustomerMessage, conversation.CustomerLeft}, f.Kinds(id))
	require.JSONEq(t, `{"reason": "opted_out"}`, body(t, f, id, conversation.CustomerLeft))
	optedOut := func() bool {
		_, to, err := f.Log.Deliverable(t.Context(), id, nil)
		require.NoError(t, err)
		return to.OptedOut
	}
	require.True(t, optedOut())
	start := message("v1", "m2", "START")
	start.Consent = connectors.OptedIn
	accept(t, in, start)
	require.False(t, optedOut())
	accept(t, in, connectors.Inbound{Type: connectors.InStatus, Address: "v1", Status: connectors.StatusUpdate{ProviderID: "x", Status: conversation.StatusFailed, Code: connectors.CodeOptedOut}})
	require.True(t, optedOut())
	// Blocking and following are no messages.
	accept(t, in, connectors.Inbound{Type: connectors.InContact, Address: "v1", Consent: connectors.OptedIn})
	require.False(t, optedOut())
	accept(t, in, connectors.Inbound{Type: connectors.InContact, Address: "v1", Consent: connectors.OptedOut})
	require.True(t, optedOut())
}

func TestTheNewestMessageIsRemembered(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	at := time.Now().Add(-time.Hour).UTC().Truncate(time.Microsecond)
	first, older, future := message("v1", "m1", "one"), message("v1", "m2", "two"), message("v1", "m3", "three")
	first.At, first.Handle = at, "token"
	older.At = at.Add(-time.Minute)
	future.At = time.Now().Add(time.Hour)
	accept(t, in, first, older)
	id := openID(t, f, "v1")
	last := func() conversation.LastInbound {
		_, to, err := f.Log.Deliverable(t.Context(), id, nil)
		require.NoError(t, err)
		return *to.Last
	}
	require.Equal(t, conversation.LastInbound{ID: "m1", Handle: "token", At: at}, last())
	accept(t, in, future)
	require.Equal(t, "m3", last().ID)
	require.False(t, last().At.After(time.Now()), "a clock that is ahead extends no window")
}

// The same id with something else behind it is no repetition.
func TestAnIdThatMeansTwoThingsIsAConflict(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	one, other := message("v1", "m1", "one"), message("v1", "m1", "other")
	one.Digest, other.Digest = []byte("1"), []byte("2")
	require.Equal(t, []connectors.ResultStatus{accepted, duplicate, connectors.ResultConflict}, accept(t, in, one, one, other))
	require.Equal(t, []connectors.ResultStatus{duplicate, connectors.ResultConflict}, accept(t, in, one, other))
}

// A request with a thousand events of many customers: each customer's stay in order.
func TestManyCustomersInOneRequest(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	var events []connectors.Inbound
	for i := range 300 {
		events = append(events, message(fmt.Sprint("v", i%20), fmt.Sprint("m", i), strconv.Itoa(i)))
	}
	for _, s := range accept(t, in, events...) {
		require.Equal(t, accepted, s)
	}
	for _, s := range accept(t, in, events...) {
		require.Equal(t, duplicate, s)
	}
	for i := range 20 {
		id := openID(t, f, fmt.Sprint("v", i))
		requireGapless(t, f, id)
		var texts string
		require.NoError(t, f.Pool.QueryRow(t.Context(), `select string_agg(body->>'text', ' ' order by seq) from conversation_events where conversation_id = $1 and kind = 'customer.message'`, id).Scan(&texts))
		var want []string
		for n := i; n < 300; n += 20 {
			want = append(want, strconv.Itoa(n))
		}
		require.Equal(t, strings.Join(want, " "), texts)
	}
}

// Whatever a provider puts into an event, it is accepted or refused in words: nothing makes the whole request fail for ever.
func TestNothingAProviderSendsIsUnstorable(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	for i, bad := range []string{"\x00", "\xff\xfe", "\ufeff\u202e", strings.Repeat("長", 3000), "a\x00b\nc", "\ud7ff\U0010ffff", strings.Repeat("x", 100_000)} {
		address, id := fmt.Sprint("v", i), fmt.Sprint("m", i)
		e := message(address, id+bad, bad)
		e.Profile = connectors.Profile{Name: bad, Locale: bad, Email: bad, Phone: bad, ExternalID: bad, Verified: true}
		e.Message.Choice, e.Message.Location = bad, &conversation.Location{Name: bad, Address: bad}
		e.Message.Cards, e.Message.Referral = []conversation.Card{{Name: bad, Phones: []string{bad}}}, map[string]string{"ref": bad}
		e.Message.Email = &conversation.Email{Subject: bad, HTML: bad}
		e.Files = []connectors.MediaRef{{ID: bad, URL: bad, Name: bad, MediaType: bad, Header: map[string]string{"X": bad}}}
		e.ReplyTo, e.Target, e.Handle, e.Formerly, e.Emoji = bad, bad, bad, bad, bad
		statuses := accept(t, in, e, e,
			connectors.Inbound{Type: connectors.InReaction, Address: address, Target: id + bad, Emoji: bad},
			connectors.Inbound{Type: connectors.InStatus, Address: address, Status: connectors.StatusUpdate{ProviderID: bad + "p", Status: conversation.StatusFailed, Error: bad}})
		require.Equal(t, []connectors.ResultStatus{accepted, duplicate, accepted, ignored}, statuses, "%.20q", bad)
	}
}

// What answers a message of ours for certain belongs to whom that was written to, whoever answers; they are not taken for them.
func TestAnswersFromOthers(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	accept(t, in, message("ana@x.example", "m1", "hello"))
	id := openID(t, f, "ana@x.example")
	said := conversation.NewID()
	_, _, err := f.Log.Say(t.Context(), id, conversation.Saying{ID: said, Kind: conversation.BotMessage, Message: conversation.Message{Text: "hi"}})
	require.NoError(t, err)
	colleague := message("bo@x.example", "m2", "I take over")
	colleague.Answers, colleague.Profile = said.String(), connectors.Profile{Name: "Bo", Email: "bo@x.example", Verified: true}
	unknown := message("bo@x.example", "m3", "something else")
	unknown.Answers = conversation.NewID().String()
	require.Equal(t, []connectors.ResultStatus{accepted, accepted}, accept(t, in, colleague, unknown))
	require.JSONEq(t, `{"text": "I take over", "ref": "m2"}`, body(t, f, id, conversation.CustomerMessage))
	require.NotEqual(t, id, openID(t, f, "bo@x.example"))
	var claims int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select count(*) from identities where address = 'bo@x.example' and contact_id = (select contact_id from conversations where id = $1)`, id).Scan(&claims))
	require.Zero(t, claims, "who answered was taken for the customer")
	requireGapless(t, f, id)
}

// An email's look is for people: workflows do without, and nothing in it that a store cannot hold.
func TestEmailsAreTidied(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	m := message("ana@x.example", "m1", "hello")
	m.Message.Email = &conversation.Email{From: "ana@x.example", Subject: "a\x00b\nc", HTML: "<b>x\x00</b>", Quoted: "> q\x00"}
	accept(t, in, m)
	raw := body(t, f, openID(t, f, "ana@x.example"), conversation.CustomerMessage)
	require.JSONEq(t, `{"text": "hello", "ref": "m1", "email": {"from": "ana@x.example", "subject": "abc", "html": "<b>x</b>", "quoted": "> q"}}`, raw)
	small := conversation.Event{Kind: conversation.CustomerMessage, Body: json.RawMessage(raw)}.ForWorkflow()
	require.JSONEq(t, `{"text": "hello", "ref": "m1", "email": {"from": "ana@x.example", "subject": "abc"}}`, string(small.Body))
}
