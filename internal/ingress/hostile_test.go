package ingress_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/internal/conversation"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/ingress"
)

// nasty is what no store or screen should have to hold.
const nasty = "<script>alert(1)</script>\x00\x1b\u202egnp.exe\r\n\xff\xed\xa0\x80"

// everything is a message with something bad in every field.
func everything(id string) connectors.Inbound {
	big := strings.Repeat("€<&", 1<<18)
	long, some, far := nasty+big, nasty+big[:1000], "https://x.example/"+big
	// These take six times as many bytes in JSON.
	tags := strings.Repeat("<", 10_000)
	phones := slices.Repeat([]string{nasty, tags}, 50)
	e := message("v1", id, nasty+strings.Repeat("<", ingress.MaxText))
	e.Profile = connectors.Profile{Name: long, Locale: nasty, Email: long, Phone: nasty, ExternalID: big}
	e.Handle, e.Code, e.ReplyTo, e.Formerly = big, long, long, nasty
	e.Raw = []byte(long)
	m := &e.Message
	m.Choice = long
	m.Location = &conversation.Location{Latitude: math.NaN(), Longitude: math.Inf(1), Name: long, Address: long}
	m.Referral = map[string]string{}
	for i := range 5000 {
		m.Cards = append(m.Cards, conversation.Card{Name: tags, Phones: phones, Emails: phones})
		m.Referral[fmt.Sprint(i, nasty)] = tags
		e.Files = append(e.Files, connectors.MediaRef{Name: "../../" + nasty, MediaType: some, URL: far, ID: nasty, Size: math.MinInt64, Header: map[string]string{nasty: long}})
	}
	m.Attachments = []conversation.Attachment{{ID: conversation.NewID(), Name: `..\` + long, MediaType: nasty, Error: nasty}}
	m.Email = &conversation.Email{From: nasty, Subject: long, HTML: big + nasty, Quoted: big + nasty, To: []string{long}, CC: []string{nasty}}
	m.Unsupported = &conversation.Unsupported{Type: long}
	return e
}

// inputs are what the conversation's workflow is told of.
func inputs(t *testing.T, f *dispatchtest.Floor, id uuid.UUID) (all []conversation.Event) {
	t.Helper()
	for last := int64(0); ; last = all[len(all)-1].Seq {
		events, more, err := f.Log.Inputs(t.Context(), id, last)
		require.NoError(t, err)
		if all = append(all, events...); !more {
			return all
		}
	}
}

// Whatever a connector lets through, the log can hold it and every screen can show it, and no event is too large for its workflow.
func TestWhateverComesCanBeKept(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	e := everything("m1")
	accept(t, in, e, message("v1", "m2", "hello"))
	id := openID(t, f, "v1")
	raw := body(t, f, id, conversation.Opened)
	require.NotEmpty(t, raw)
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select body::text from conversation_events where conversation_id = $1 and kind = 'customer.message' order by seq limit 1`, id).Scan(&raw))
	var m conversation.Message
	require.NoError(t, json.Unmarshal([]byte(raw), &m))
	events := inputs(t, f, id)
	require.Len(t, events, 2)
	for _, event := range events {
		encoded, err := json.Marshal(event.ForWorkflow())
		require.NoError(t, err)
		require.Less(t, len(encoded), 3<<19, "a signal has at most two megabytes")
	}
	require.True(t, utf8.ValidString(raw))
	for _, bad := range []string{`\u0000`, "\x1b", `\u001b`} {
		require.NotContains(t, raw, bad)
	}
	require.Contains(t, m.Text, "<script>alert(1)</script>", "what was said is kept as it was said")
	require.Nil(t, m.Location, "no such place")
	lines := []string{m.Choice, m.Email.Subject, m.Email.From, m.Unsupported.Type, m.Cards[0].Name, m.Cards[0].Phones[0]}
	for name, value := range m.Referral {
		lines = append(lines, name, value)
	}
	for _, a := range m.Attachments {
		lines = append(lines, a.Name, a.MediaType)
		require.NotContains(t, a.Name, "/")
		require.NotContains(t, a.Name, `\`)
		require.NotContains(t, a.Name, "\u202e", "a name reads as it is written")
		require.GreaterOrEqual(t, a.Size, int64(0))
	}
	for _, line := range lines {
		require.NotContains(t, line, "\n")
		require.Less(t, utf8.RuneCountInString(line), 5000)
	}
	var name string
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select actor->>'name' from conversation_events where conversation_id = $1 and kind = 'customer.message' limit 1`, id).Scan(&name))
	require.NotContains(t, name, "\u202e")
	require.Contains(t, name, "<script>")
	requireGapless(t, f, id)
}

// Times that cannot be are none: the log's own time stands.
func TestTimesThatCannotBe(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	east := time.FixedZone("", -23*3600)
	for i, at := range []time.Time{
		time.UnixMilli(math.MaxInt64), time.UnixMilli(math.MinInt64), time.Unix(math.MaxInt64, 0), time.Unix(math.MinInt64, 0), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(-4800, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(99999, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, east), time.Date(1, 1, 1, 0, 0, 0, 0, east),
		time.Unix(0, 0),
	} {
		e := message("v1", fmt.Sprint("m", i), "hi")
		e.At = at
		read := connectors.Inbound{Type: connectors.InStatus, Address: "v1", At: at, Status: connectors.StatusUpdate{Until: at, Status: conversation.StatusRead}}
		accept(t, in, e, read)
	}
	id := openID(t, f, "v1")
	events := inputs(t, f, id)
	require.Len(t, events, 10)
	for _, event := range events {
		_, err := json.Marshal(event)
		require.NoError(t, err)
		require.Nil(t, event.ProviderAt)
	}
	// What can be stays, whether it is late or a clock is ahead.
	for i, at := range []time.Time{time.Now().AddDate(-2, 0, 0), time.Now().Add(time.Hour)} {
		e := message("v1", fmt.Sprint("late", i), "hi")
		e.At = at
		accept(t, in, e)
	}
	events = inputs(t, f, id)
	require.Len(t, events, 12)
	for _, event := range events[10:] {
		require.NotNil(t, event.ProviderAt)
	}
}

// A thousand events of one request are taken in together, in order and at once.
func TestAThousandEvents(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	for _, senders := range []int{1, 200} {
		var events []connectors.Inbound
		for i := range 1000 {
			e := message(fmt.Sprint("of", senders, "-", i%senders), fmt.Sprint("m", senders, "-", i), strconv.Itoa(i))
			e.Profile = connectors.Profile{Name: "Ann", Phone: fmt.Sprintf("+8210%08d", senders*1000+i%senders), Verified: true}
			events = append(events, e)
		}
		started := time.Now()
		for _, status := range accept(t, in, events...) {
			require.Equal(t, accepted, status)
		}
		t.Logf("a thousand events of %d senders took %s", senders, time.Since(started))
		for _, status := range accept(t, in, events...) {
			require.Equal(t, duplicate, status)
		}
	}
	id := openID(t, f, "of1-0")
	requireGapless(t, f, id)
	rows, err := f.Pool.Query(t.Context(), `select body->>'text' from conversation_events where conversation_id = $1 and kind = 'customer.message' order by seq`, id)
	require.NoError(t, err)
	defer rows.Close()
	for i := range 1000 {
		require.True(t, rows.Next())
		var text string
		require.NoError(t, rows.Scan(&text))
		require.Equal(t, strconv.Itoa(i), text)
	}
}

// However much customers say at once, their workflow can be told, piece by piece.
func TestALongTalkAtOnce(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	var all []connectors.Inbound
	for i := range 60 {
		all = append(all, message("v1", strconv.Itoa(i), strings.Repeat("<", ingress.MaxText)), message("v1", fmt.Sprint("short", i), "한"))
	}
	accept(t, in, all...)
	id := openID(t, f, "v1")
	read := 0
	for last, more := int64(0), true; more; {
		var events []conversation.Event
		var err error
		events, more, err = f.Log.Inputs(t.Context(), id, last)
		require.NoError(t, err)
		require.NotEmpty(t, events)
		encoded, err := json.Marshal(events)
		require.NoError(t, err)
		require.Less(t, len(encoded), 2<<20)
		read += len(events)
		last = events[len(events)-1].Seq
	}
	require.Equal(t, len(all), read)
}
