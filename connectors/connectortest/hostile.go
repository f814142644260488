package connectortest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"seax/connectors"
)

// Sound requires that what a connector made of a request can be accepted: an event that cannot would be answered with an error, and its
// provider would send the whole request again and again.
func Sound(t testing.TB, batch connectors.Batch) {
	t.Helper()
	results := make([]connectors.Result, len(batch.Events))
	for i, e := range batch.Events {
		results[i] = connectors.Result{ProviderID: e.ProviderID, Status: connectors.ResultAccepted}
		named := e.Type == connectors.InStatus && e.Status.Until.IsZero() && !e.Status.Through
		require.True(t, e.Address != "" || named, "%s: the event is of nobody", e.Type)
		switch e.Type {
		case connectors.InMessage, connectors.InEcho, connectors.InAutomatic:
			require.NotEmpty(t, e.ProviderID, "the message has no id")
			m := e.Message
			says := m.Text != "" || m.Choice != "" || m.Location != nil || m.Unsupported != nil || m.Email != nil || e.Code != "" || len(m.Referral)+len(m.Cards)+len(m.Attachments)+len(e.Files) > 0
			require.True(t, says, "the message says nothing, and not that it could not be read")
		case connectors.InEdited, connectors.InDeleted, connectors.InReaction:
			require.NotEmpty(t, e.Target, "%s: of which message", e.Type)
		case connectors.InStatus:
			require.NotEmpty(t, e.Status.Status)
		case connectors.InTyping, connectors.InLeft, connectors.InContact:
		default:
			require.Fail(t, "there are no events of this type", "%q", e.Type)
		}
		require.True(t, utf8.ValidString(e.Message.Text), "%q", e.Message.Text)
	}
	if batch.Respond != nil {
		require.Less(t, batch.Respond(results).Status, 500)
	}
}

// Fuzz feeds a connector with authentic requests of any content. Bodies are what it starts from, next to a few that break things.
func Fuzz(f *testing.F, c connectors.Connector, account connectors.Account, like *connectors.Request, bodies ...[]byte) {
	f.Helper()
	caller, err := c.Authenticate(f.Context(), account, like)
	require.NoError(f, err)
	for _, body := range bodies {
		f.Add(body)
		if !json.Valid(body) {
			continue
		}
		for i, changed := range hostile(body) {
			// All of them would be too many to begin with.
			if i%29 == 0 && len(changed) < 2<<10 {
				f.Add(changed)
			}
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := clone(like)
		r.Body = body
		batch, err := c.Parse(t.Context(), account, caller, r)
		if err == nil {
			Sound(t, batch)
		}
	})
}

// values are what no field should have.
var values = []string{
	`null`, `true`, `""`, `"\u0000"`, `"\ud800"`, `"\udc00\ud800"`, `"<script>alert(1)</script>\u202e"`, `"../../etc/passwd\r\nX: y"`, `{}`, `[]`, `[null]`, `{"":{}}`, `0`, `-1`, `1.5`, `1e308`, `-0`,
	`9223372036854775807`, `9223372036854775808`, `-9223372036854775809`, `99999999999999999999999999`, `"99999999999999999999999999"`, `"0000-01-01T00:00:00Z"`,
	`"9999-12-31T23:59:59-23:59"`, `"99999-01-01T00:00:00Z"`, `"NaN"`, `"Infinity"`,
	strings.Repeat("[", 9000) + strings.Repeat("]", 9000), `"` + strings.Repeat("한", 30_000) + `"`,
}

// hostile makes of a JSON body those in which one value has become another, or is there twice.
func hostile(body []byte) (all [][]byte) {
	const here = "@HERE@"
	write := func(root any) {
		written, err := json.Marshal(root)
		if err != nil {
			return
		}
		for _, value := range values {
			all = append(all, bytes.Replace(written, []byte(`"`+here+`"`), []byte(value), 1))
		}
	}
	decode := func() any {
		var root any
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		if decoder.Decode(&root) != nil {
			return nil
		}
		return root
	}
	root := decode()
	var walk func(value any)
	walk = func(value any) {
		switch v := value.(type) {
		case map[string]any:
			for _, key := range sorted(v) {
				was := v[key]
				v[key] = here
				write(root)
				v[key] = was
				walk(was)
			}
		case []any:
			for i, was := range v {
				v[i] = here
				write(root)
				v[i] = was
				walk(was)
			}
		}
	}
	walk(root)
	// The same key twice: whichever counts, it is one for all who read.
	twice := bytes.Replace(body, []byte("{"), []byte(`{"events":[],"entry":[],"object":"x","update_id":1,"type":9,`), 1)
	return append(all, twice)
}

func sorted(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// oddForms makes of a form those in which one value has become another, is missing, or is there twice.
func oddForms(body []byte) (all [][]byte) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil
	}
	for name, was := range form {
		for _, value := range []string{"", "\x00", "\xff\xfe", "NaN", "Inf", "-1", "9223372036854775808", "1e999", "<script>", "../..", strings.Repeat("한", 10_000)} {
			form[name] = []string{value}
			all = append(all, []byte(form.Encode()))
		}
		form[name] = append([]string{"x"}, was...)
		all = append(all, []byte(form.Encode()))
		delete(form, name)
		all = append(all, []byte(form.Encode()))
		form[name] = was
	}
	for name, value := range map[string]string{"Latitude": "NaN", "Longitude": "NaN", "NumMedia": "99999999", "MessageStatus": "delivered"} {
		form.Set(name, value)
		all = append(all, []byte(form.Encode()))
	}
	return all
}

// oddValues: whatever stands in a field, the request is refused or makes events that can be accepted.
func oddValues(t *testing.T, s *suite) {
	if s.features.Encoded {
		t.Skip("what events say is not in the request as it reads")
	}
	address := s.Addresses[0]
	body := s.Request(address, s.Message(address, newID(), "hello")).Body
	changed := hostile(body)
	if s.features.Form {
		changed = oddForms(body)
	}
	for _, b := range changed {
		batch, err := s.accept(t, s.Raw(address, b))
		if err == nil {
			Sound(t, batch)
		}
	}
}

// patience is what a request may take to be read, on a machine that has other things to do.
const patience = time.Minute

// bombs: what is made to exhaust its reader does not.
func bombs(t *testing.T, s *suite) {
	address := s.Addresses[0]
	valid := s.Request(address, s.Message(address, newID(), "hello")).Body
	for name, body := range map[string][]byte{
		"open brackets":    bytes.Repeat([]byte("["), 1<<20),
		"nested objects":   []byte(strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000)),
		"many keys":        []byte("{" + strings.Repeat(`"a":1,`, 150_000) + `"b":1}`),
		"many elements":    []byte(`{"events":[` + strings.Repeat(`0,`, 500_000) + `0]}`),
		"digits":           bytes.Repeat([]byte("9"), 1<<20),
		"many form fields": bytes.Repeat([]byte("a=1&"), 250_000),
		"many parts":       bytes.Repeat([]byte("--b\r\n\r\nx\r\n"), 100_000),
		"gzip":             Gzip(t, bytes.Repeat([]byte(" "), 8<<20)),
		"gzip of a valid":  Gzip(t, valid),
		"zeros":            make([]byte, 1<<20),
	} {
		r := s.Raw(address, body)
		if strings.HasPrefix(name, "gzip") {
			r.Header.Set("Content-Encoding", "gzip")
		}
		begun := time.Now()
		if _, err := s.Connector.Authenticate(t.Context(), s.Account, r); err == nil {
			_, err = s.Connector.Parse(t.Context(), s.Account, connectors.Caller{Address: address}, r)
			require.Error(t, err, name)
		}
		require.Less(t, time.Since(begun), patience, name)
	}
}

// Gzip compresses.
func Gzip(t testing.TB, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

// harmless: what customers write and call things is kept as it is, whatever a browser would make of it.
func harmless(t *testing.T, s *suite) {
	address := s.Addresses[0]
	for _, text := range []string{`<img src=x onerror="alert(1)">`, "</script><script>alert(1)</script>", "javascript:alert(1)", "{{constructor.constructor('x')()}}", "${7*7}", "=cmd|' /C calc'!A0", "%00%0d%0a"} {
		got := s.messages(t, address, s.Message(address, newID(), text))
		require.Len(t, got, 1)
		require.Equal(t, text, got[0].Message.Text)
		if s.Choice != nil {
			got = s.messages(t, address, s.Choice(address, newID(), "en", text[:min(len(text), 20)]))
			require.Equal(t, "en", got[0].Message.Choice)
			require.Equal(t, text[:min(len(text), 20)], got[0].Message.Text)
		}
	}
}
