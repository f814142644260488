package connectortest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/internal/conversation"
)

func describes(t *testing.T, s *suite) {
	d := s.Connector.Describe()
	require.Regexp(t, `^[a-z][a-z0-9_-]*$`, d.Kind)
	require.Equal(t, s.Account.Kind, d.Kind)
	require.NotEmpty(t, d.Name)
	require.Positive(t, d.Capabilities.MaxText)
	if _, ok := s.Connector.(connectors.Typist); d.Capabilities.Typing {
		require.True(t, ok, "claims typing and cannot show it")
	}
	names := map[string]bool{}
	for _, f := range d.Fields {
		require.False(t, names[f.Name], "two settings are called %s", f.Name)
		names[f.Name] = true
		require.NotEmpty(t, f.Label["en"])
		require.NotEmpty(t, f.Label["ko"])
		if f.Check != nil && f.Default != "" {
			require.NoError(t, f.Check(f.Default), "the default of %s", f.Name)
		}
	}
}

func authenticates(t *testing.T, s *suite) {
	r := s.Request(s.Addresses[0], s.Message(s.Addresses[0], newID(), "hello"))
	before := clone(r)
	got := s.messages(t, r)
	require.Equal(t, before, r, "the request was changed")
	require.Len(t, got, 1)
	require.Equal(t, s.Addresses[0], got[0].Address)
	require.Equal(t, "hello", got[0].Message.Text)
	require.NotEmpty(t, got[0].ProviderID)
}

func (s *suite) requireRefused(t *testing.T, r *connectors.Request, why string) {
	t.Helper()
	_, err := s.Connector.Authenticate(t.Context(), s.Account, r)
	require.ErrorIs(t, err, connectors.ErrUnauthenticated, why)
}

func refusesWrong(t *testing.T, s *suite) {
	r := s.Request(s.Addresses[0], s.Message(s.Addresses[0], newID(), "hello"))
	require.NotEmpty(t, s.AuthHeaders)
	for _, name := range s.AuthHeaders {
		value := r.Header.Get(name)
		require.NotEmpty(t, value, "the authentic request has no %s", name)
		missing := clone(r)
		missing.Header.Del(name)
		s.requireRefused(t, missing, name+" missing")
		for _, wrong := range []string{"", "x", value[:len(value)-1], value + "A", strings.ToUpper(value) + "!", strings.Repeat("a", len(value)), "\x00\xff"} {
			changed := clone(r)
			changed.Header.Set(name, wrong)
			s.requireRefused(t, changed, fmt.Sprintf("%s: %q", name, wrong))
		}
		// Every single character counts (the last one of base64 may hold unused bits).
		for i := len(value) / 2; i < len(value)-1; i++ {
			changed := clone(r)
			changed.Header.Set(name, value[:i]+other(value[i])+value[i+1:])
			s.requireRefused(t, changed, fmt.Sprintf("%s: character %d changed", name, i))
		}
	}
	right := s.Account
	s.Account.Secret = bytes.Repeat([]byte{7}, 32)
	s.requireRefused(t, r, "signed for another secret")
	s.Account.Secret = nil
	s.requireRefused(t, r, "the account has no secret")
	s.Account = right
	read := clone(r)
	read.Method = "GET"
	s.requireRefused(t, read, "not a POST")
	_, err := s.Connector.Authenticate(t.Context(), s.Account, r)
	require.NoError(t, err, "the right one still passes")
}

func other(c byte) string {
	if c == 'A' || c == 'a' || c == '0' {
		return "1"
	}
	return "0"
}

func refusesTampered(t *testing.T, s *suite) {
	if !s.features.SignsBody {
		t.Skip("authentication does not cover the body")
	}
	r := s.Request(s.Addresses[0], s.Message(s.Addresses[0], newID(), "pay 10"))
	for i := range r.Body {
		changed := clone(r)
		changed.Body[i] ^= 1
		s.requireRefused(t, changed, fmt.Sprintf("byte %d changed", i))
	}
	longer := clone(r)
	longer.Body = append(longer.Body, ' ')
	s.requireRefused(t, longer, "a byte more")
	swapped := clone(r)
	swapped.Body = s.Request(s.Addresses[0], s.Message(s.Addresses[0], newID(), "pay 99")).Body
	s.requireRefused(t, swapped, "another request's body")
}

func refusesOld(t *testing.T, s *suite) {
	if !s.features.Expires {
		t.Skip("requests do not expire")
	}
	r := s.Request(s.Addresses[0], s.Message(s.Addresses[0], newID(), "hello"))
	_, err := s.Connector.Authenticate(t.Context(), s.Account, r)
	require.NoError(t, err)
	s.Later()
	s.requireRefused(t, r, "replayed later")
}

// readsNothing: whatever the body is, an unauthenticated request fails for that reason alone.
func readsNothing(t *testing.T, s *suite) {
	for _, body := range []string{"", "{", "null", `{"events":[{}]}`, "\xff\xfe", strings.Repeat("[", 100_000)} {
		r := clone(s.Raw(s.Addresses[0], []byte(body)))
		for _, name := range s.AuthHeaders {
			r.Header.Del(name)
		}
		s.requireRefused(t, r, fmt.Sprintf("%.20q", body))
	}
}

func lastingIDs(t *testing.T, s *suite) {
	address, id := s.Addresses[0], newID()
	first := s.messages(t, s.Request(address, s.Message(address, id, "one")))
	again := s.messages(t, s.Request(address, s.Message(address, id, "one")))
	another := s.messages(t, s.Request(address, s.Message(address, newID(), "one")))
	require.Equal(t, first[0].ProviderID, again[0].ProviderID, "a repeated message has the same id")
	require.NotEqual(t, first[0].ProviderID, another[0].ProviderID, "the same text said twice is two messages")
	twice := s.messages(t, s.Request(address, s.Message(address, id, "one"), s.Message(address, id, "one")))
	for _, m := range twice {
		require.Equal(t, first[0].ProviderID, m.ProviderID)
	}
}

func batches(t *testing.T, s *suite) {
	address := s.Addresses[0]
	var events []any
	for i := range 10 {
		events = append(events, s.Message(address, newID(), fmt.Sprintf("line %d", i)))
	}
	got := s.messages(t, s.Request(address, events...))
	require.Len(t, got, 10)
	for i, m := range got {
		require.Equal(t, fmt.Sprintf("line %d", i), m.Message.Text)
		require.Equal(t, address, m.Address)
	}
	if !s.features.ManySenders {
		return
	}
	events = nil
	for i := range 10 {
		from := s.Addresses[i%3]
		events = append(events, s.Message(from, newID(), from))
	}
	for _, m := range s.messages(t, s.Request(address, events...)) {
		require.Equal(t, m.Address, m.Message.Text)
	}
}

func malformed(t *testing.T, s *suite) {
	for _, body := range []string{
		"", " ", "{", "}", "null", "[]", `"text"`, "7", "{}", `{"events":7}`, `{"events":[7]}`, `{"events":["x"]}`, `{"events":{}}`,
		strings.Repeat("[", 50_000), `{"events":[{"type":{}}]}`, "<xml/>", "a=b&c=d", "\x00", `{"events":[]}trailing`,
	} {
		_, err := s.accept(t, s.Raw(s.Addresses[0], []byte(body)))
		require.Error(t, err, "%.40q", body)
	}
	valid := s.Request(s.Addresses[0], s.Message(s.Addresses[0], newID(), "hello")).Body
	for i := 1; i < len(valid)-1; i++ {
		_, err := s.accept(t, s.Raw(s.Addresses[0], valid[:i]))
		require.Error(t, err, "cut after %d bytes", i)
	}
}

func brokenUTF8(t *testing.T, s *suite) {
	const mark = "MARK"
	body := s.Request(s.Addresses[0], s.Message(s.Addresses[0], newID(), mark)).Body
	require.Contains(t, string(body), mark)
	for _, bad := range []string{"\xff", "\xc3", "\xed\xa0\x80", "ok\xf0\x28\x8c\xbc"} {
		batch, err := s.accept(t, s.Raw(s.Addresses[0], bytes.Replace(body, []byte(mark), []byte(bad), 1)))
		if err != nil {
			continue
		}
		for _, e := range batch.Events {
			require.True(t, utf8.ValidString(e.Message.Text), "%q became %q", bad, e.Message.Text)
		}
	}
}

var textsOfTheWorld = []string{
	"안녕하세요, 주문이 아직 안 왔어요 😢", "👩‍👩‍👧‍👦🏳️‍🌈👍🏽", "ありがとう・你好・สวัสดี", "مرحبا بالعالم", "שלום", "Größe „Ω“ ½ …",
	"line one\nline two\n\nline four", "tab\there", "'; drop table people; --", "<script>alert(1)</script> & &amp;", "  spaces kept  ",
	"e\u0301 vs é", "\u202eright to left", "{{template}} %s %d \\n",
}

func scripts(t *testing.T, s *suite) {
	address := s.Addresses[0]
	for _, text := range textsOfTheWorld {
		got := s.messages(t, s.Request(address, s.Message(address, newID(), text)))
		require.Len(t, got, 1, "%q", text)
		require.Equal(t, text, got[0].Message.Text)
	}
	for _, text := range textsOfTheWorld {
		_, err := s.Connector.Send(t.Context(), s.Account, s.out(address, text))
		require.NoError(t, err, "%q", text)
	}
	var arrived []string
	for _, r := range s.Received(address) {
		arrived = append(arrived, r.Text)
	}
	require.Equal(t, textsOfTheWorld, arrived)
}

func longTexts(t *testing.T, s *suite) {
	address, limit := s.Addresses[0], s.Connector.Describe().Capabilities.MaxText
	fits := strings.Repeat("한", limit)
	got := s.messages(t, s.Request(address, s.Message(address, newID(), fits)))
	require.Equal(t, fits, got[0].Message.Text)
	over := strings.Repeat("글", limit+1)
	batch, err := s.accept(t, s.Request(address, s.Message(address, newID(), over)))
	if err == nil {
		require.Equal(t, over, batch.Events[0].Message.Text, "neither refused nor whole")
	}
}

func unknownTypes(t *testing.T, s *suite) {
	address := s.Addresses[0]
	batch, err := s.accept(t, s.Request(address, s.Message(address, newID(), "before"), s.Unknown(address, newID(), "what I meant"), s.Message(address, newID(), "after")))
	if !s.features.KeepsUnknown {
		require.Error(t, err)
		return
	}
	require.NoError(t, err)
	require.Len(t, batch.Events, 3)
	require.Equal(t, connectors.InMessage, batch.Events[1].Type)
	require.NotEmpty(t, batch.Events[1].ProviderID)
	require.Contains(t, batch.Events[1].Message.Text, "what I meant")
	require.NotNil(t, batch.Events[1].Message.Unsupported, "it must say that it could not be understood")
	require.NotEmpty(t, batch.Events[1].Message.Unsupported.Type)
	require.Contains(t, string(batch.Events[1].Raw), "what I meant", "the raw payload is kept")
}

// statuses: in whatever order reports come, a message ends as what it got to.
func statuses(t *testing.T, s *suite) {
	if !s.features.Statuses {
		t.Skip("the provider reports nothing")
	}
	address := s.Addresses[0]
	out := s.out(address, "hello")
	receipt, err := s.Connector.Send(t.Context(), s.Account, out)
	require.NoError(t, err)
	delivered := s.Status(address, out, receipt, conversation.StatusDelivered)
	read := s.Status(address, out, receipt, conversation.StatusRead)
	for _, order := range [][]any{{delivered, read}, {read, delivered}, {read, read}, {delivered, delivered, read, delivered}} {
		for _, together := range []bool{true, false} {
			var requests []*connectors.Request
			if together {
				requests = append(requests, s.Request(address, order...))
			} else {
				for _, e := range order {
					requests = append(requests, s.Request(address, e))
				}
			}
			status := receipt.Status
			for _, r := range requests {
				batch, err := s.accept(t, r)
				require.NoError(t, err)
				for _, e := range batch.Events {
					require.Equal(t, connectors.InStatus, e.Type)
					require.Equal(t, receipt.ProviderID, e.Status.ProviderID, "the status names another message than the receipt")
					require.Equal(t, address, e.Address)
					if conversation.Forward(status, e.Status.Status) {
						status = e.Status.Status
					}
				}
			}
			require.Equal(t, conversation.StatusRead, status)
		}
	}
}
