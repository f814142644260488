package connectortest

import (
	"bytes"
	"fmt"
	"io"
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
	can := connectors.CapabilitiesOf(s.Connector, s.Account)
	require.Positive(t, can.MaxText)
	_, typist := s.Connector.(connectors.Typist)
	_, templater := s.Connector.(connectors.Templater)
	_, reactor := s.Connector.(connectors.Reactor)
	_, editor := s.Connector.(connectors.Editor)
	_, deleter := s.Connector.(connectors.Deleter)
	_, starter := s.Connector.(connectors.Starter)
	for what, claim := range map[string]struct{ claims, can bool }{
		"typing": {can.Typing, typist}, "templates": {can.Templates, templater}, "reactions": {can.Reactions, reactor}, "edits": {can.Edits, editor},
		"deletions": {can.Deletes, deleter}, "starting": {can.CanStart, starter},
	} {
		require.False(t, claim.claims && !claim.can, "claims %s and has nothing to do it by", what)
	}
	require.False(t, can.StartByTemplate && !can.Templates, "starts by templates and has none")
	_, listener := s.Connector.(connectors.Listener)
	// A kind that listens may have accounts that get requests.
	require.False(t, s.features.Listens && !listener, "listens to nothing")
	names := map[string]bool{}
	for _, f := range d.Fields {
		require.False(t, names[f.Name], "two settings are called %s", f.Name)
		names[f.Name] = true
		require.NotEmpty(t, f.Label["en"])
		require.NotEmpty(t, f.Label["ko"])
		if f.Check != nil && f.Default != "" {
			require.NoError(t, f.Check(f.Default), "the default of %s", f.Name)
		}
		if f.Type == connectors.FieldChoice {
			require.NotEmpty(t, f.Choices, f.Name)
		}
		if f.Type == connectors.FieldSecret {
			require.Empty(t, f.Default, "%s: a secret everybody knows", f.Name)
			require.NotContains(t, s.Account.Settings, f.Name, "a secret among the settings")
		}
		require.False(t, f.Required && f.Default != "", "%s: what has a default need not be given", f.Name)
	}
}

func authenticates(t *testing.T, s *suite) {
	r := s.Request(s.Addresses[0], s.Message(s.Addresses[0], newID(), "hello"))
	before := clone(r)
	batch, err := s.accept(t, r)
	require.NoError(t, err)
	require.Equal(t, before, r, "the request was changed")
	got := batch.Events
	require.Len(t, got, 1)
	require.Equal(t, connectors.InMessage, got[0].Type)
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
	s.Account.Secrets = connectors.Secrets{}
	for name, value := range right.Secrets {
		s.Account.Secrets[name] = value + "x"
	}
	s.requireRefused(t, r, "signed for other secrets")
	s.Account.Secret, s.Account.Secrets = nil, nil
	s.requireRefused(t, r, "the account has no secrets")
	s.Account = right
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
	keeper, ok := s.Connector.(connectors.Doorkeeper)
	if !ok {
		return
	}
	r := s.Request(s.Addresses[0], s.Message(s.Addresses[0], newID(), "hello"))
	require.NoError(t, keeper.Admit(s.Account, r.Method, r.Header))
	r.Header.Del(s.AuthHeaders[0])
	require.ErrorIs(t, keeper.Admit(s.Account, r.Method, r.Header), connectors.ErrUnauthenticated)
}

func lastingIDs(t *testing.T, s *suite) {
	address, id := s.Addresses[0], newID()
	first := s.messages(t, address, s.Message(address, id, "one"))
	again := s.messages(t, address, s.Message(address, id, "one"))
	another := s.messages(t, address, s.Message(address, newID(), "one"))
	require.Equal(t, first[0].ProviderID, again[0].ProviderID, "a repeated message has the same id")
	require.NotEqual(t, first[0].ProviderID, another[0].ProviderID, "the same text said twice is two messages")
	twice := s.messages(t, address, s.Message(address, id, "one"), s.Message(address, id, "one"))
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
	got := s.messages(t, address, events...)
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
	for _, m := range s.messages(t, address, events...) {
		require.Equal(t, m.Address, m.Message.Text)
	}
}

// thousands: a request may be as large as the API lets through.
func thousands(t *testing.T, s *suite) {
	if s.features.Single || !s.features.ManySenders {
		t.Skip("a request does not hold so many")
	}
	var events []any
	for i := range 1000 {
		events = append(events, s.Message(s.Addresses[i%8], newID(), "x"))
	}
	batch, err := s.accept(t, s.Request(s.Addresses[0], events...))
	if err == nil {
		require.Len(t, batch.Events, 1000)
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
	if s.features.Form {
		return
	}
	valid := s.Request(s.Addresses[0], s.Message(s.Addresses[0], newID(), "hello")).Body
	for i := 1; i < len(valid)-1; i++ {
		_, err := s.accept(t, s.Raw(s.Addresses[0], valid[:i]))
		require.Error(t, err, "cut after %d bytes", i)
	}
}

func brokenUTF8(t *testing.T, s *suite) {
	if s.features.Encoded {
		t.Skip("events cannot be read in requests")
	}
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
		got := s.messages(t, address, s.Message(address, newID(), text))
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
	address, limit := s.Addresses[0], connectors.CapabilitiesOf(s.Connector, s.Account).MaxText
	fits := strings.Repeat("한", min(limit, 5000))
	got := s.messages(t, address, s.Message(address, newID(), fits))
	require.Equal(t, fits, got[0].Message.Text)
	over := strings.Repeat("글", min(limit, 5000)+1)
	if s.features.Listens {
		require.Equal(t, over, s.messages(t, address, s.Message(address, newID(), over))[0].Message.Text)
		return
	}
	batch, err := s.accept(t, s.Request(address, s.Message(address, newID(), over)))
	if err == nil {
		require.Equal(t, over, batch.Events[0].Message.Text, "neither refused nor whole")
	}
}

func unknownTypes(t *testing.T, s *suite) {
	address := s.Addresses[0]
	if !s.features.KeepsUnknown {
		if s.Unknown != nil {
			_, err := s.accept(t, s.Request(address, s.Unknown(address, newID(), "what I meant")))
			require.Error(t, err)
		}
		return
	}
	got := s.receive(t, address, s.Message(address, newID(), "before"), s.Unknown(address, newID(), "what I meant"), s.Message(address, newID(), "after"))
	require.Len(t, got, 3)
	odd := got[1]
	require.Equal(t, connectors.InMessage, odd.Type)
	require.NotEmpty(t, odd.ProviderID)
	require.NotNil(t, odd.Message.Unsupported, "it must say that it could not be understood")
	require.NotEmpty(t, odd.Message.Unsupported.Type)
	require.Contains(t, string(odd.Raw), "what I meant", "the raw payload is kept")
}

// answers: whatever became of the events, the provider gets an answer that does not make it repeat them.
func answers(t *testing.T, s *suite) {
	address := s.Addresses[0]
	r := s.Request(address, s.Message(address, newID(), "hello"))
	for _, status := range []connectors.ResultStatus{
		connectors.ResultAccepted, connectors.ResultDuplicate, connectors.ResultConflict, connectors.ResultIgnored, connectors.ResultQuarantined,
	} {
		batch, err := s.accept(t, r)
		require.NoError(t, err)
		if batch.Respond == nil {
			continue
		}
		results := make([]connectors.Result, len(batch.Events))
		for i, e := range batch.Events {
			results[i] = connectors.Result{ProviderID: e.ProviderID, Status: status}
		}
		answer := batch.Respond(results)
		require.Contains(t, []int{0, 200, 201, 202, 204}, answer.Status, status)
	}
}

func handshakes(t *testing.T, s *suite) {
	shaker, ok := s.Connector.(connectors.Handshaker)
	require.Equal(t, ok, s.Handshake != nil, "the fixture and the connector do not agree")
	if !ok {
		t.Skip("the provider does not verify webhooks")
	}
	answer, is, err := shaker.Handshake(t.Context(), s.Account, s.Handshake.Right)
	require.NoError(t, err)
	require.True(t, is)
	require.Contains(t, []int{0, 200}, answer.Status)
	require.Equal(t, s.Handshake.Want, string(answer.Body))
	_, is, err = shaker.Handshake(t.Context(), s.Account, s.Handshake.Wrong)
	if is {
		require.ErrorIs(t, err, connectors.ErrUnauthenticated)
	} else {
		s.requireRefused(t, s.Handshake.Wrong, "a wrong handshake that is taken for something else")
	}
	_, is, err = shaker.Handshake(t.Context(), s.Account, s.Request(s.Addresses[0], s.Message(s.Addresses[0], newID(), "hello")))
	require.NoError(t, err)
	require.False(t, is, "a message is taken for a handshake")
}

// tellsAccountsApart: events name their account, and nobody signs for an account that is not theirs.
func tellsAccountsApart(t *testing.T, s *suite) {
	keyed, ok := s.Connector.(connectors.Keyed)
	require.Equal(t, ok, s.Other != nil, "the fixture and the connector do not agree")
	if !ok {
		t.Skip("a request is for one account")
	}
	require.NotEmpty(t, keyed.Key(s.Account))
	require.NotEqual(t, keyed.Key(s.Account), keyed.Key(*s.Other))
	require.Empty(t, keyed.Key(connectors.Account{ID: "new", Kind: s.Account.Kind}), "an account that is not set up has no key")
	got := s.receive(t, s.Addresses[0], s.Message(s.Addresses[0], newID(), "one"), s.OtherMessage(s.Addresses[0], newID(), "other"), s.Message(s.Addresses[0], newID(), "two"))
	require.Len(t, got, 3)
	for i, want := range []string{keyed.Key(s.Account), keyed.Key(*s.Other), keyed.Key(s.Account)} {
		require.Equal(t, want, got[i].AccountKey)
	}
}

// deeds: what customers do beside talking, as far as the channel has it.
func deeds(t *testing.T, s *suite) {
	address, id := s.Addresses[0], newID()
	first := s.messages(t, address, s.Message(address, id, "helo"))[0]
	one := func(event any) connectors.Inbound {
		got := s.receive(t, address, event)
		require.Len(t, got, 1)
		require.Equal(t, address, got[0].Address)
		return got[0]
	}
	if s.Edited != nil {
		got := one(s.Edited(address, first.ProviderID, "hello"))
		require.Equal(t, connectors.InEdited, got.Type)
		require.Equal(t, first.ProviderID, got.Target)
		require.Equal(t, "hello", got.Message.Text)
	}
	if s.Reacted != nil {
		got := one(s.Reacted(address, first.ProviderID, "❤️"))
		require.Equal(t, connectors.InReaction, got.Type)
		require.Equal(t, first.ProviderID, got.Target)
		require.Equal(t, "❤️", got.Emoji)
		got = one(s.Reacted(address, first.ProviderID, ""))
		require.Equal(t, connectors.InReaction, got.Type)
		require.Empty(t, got.Emoji)
	}
	if s.Reply != nil {
		got := one(s.Reply(address, newID(), first.ProviderID, "this one"))
		require.Equal(t, connectors.InMessage, got.Type)
		require.Equal(t, first.ProviderID, got.ReplyTo)
	}
	if s.Choice != nil {
		got := one(s.Choice(address, newID(), "en", "English"))
		require.Equal(t, connectors.InMessage, got.Type)
		require.Equal(t, "en", got.Message.Choice)
		require.Equal(t, "English", got.Message.Text)
	}
	if s.Location != nil {
		place := conversation.Location{Latitude: 37.5665, Longitude: 126.978, Name: "시청"}
		got := one(s.Location(address, newID(), place))
		require.Equal(t, connectors.InMessage, got.Type)
		require.NotNil(t, got.Message.Location)
		require.InDelta(t, place.Latitude, got.Message.Location.Latitude, 1e-6)
		require.InDelta(t, place.Longitude, got.Message.Location.Longitude, 1e-6)
	}
	if s.OptOut != nil {
		require.Equal(t, connectors.OptedOut, one(s.OptOut(address, newID())).Consent)
	}
	if s.Echo != nil {
		got := one(s.Echo(address, newID(), "written elsewhere"))
		require.Equal(t, connectors.InEcho, got.Type)
		require.NotEmpty(t, got.ProviderID)
		require.Equal(t, "written elsewhere", got.Message.Text)
	}
	if s.Typing != nil {
		require.Equal(t, connectors.InTyping, one(s.Typing(address)).Type)
	}
	if s.Left != nil {
		require.Equal(t, connectors.InLeft, one(s.Left(address)).Type)
	}
	if s.Deleted != nil {
		got := one(s.Deleted(address, first.ProviderID))
		require.Equal(t, connectors.InDeleted, got.Type)
		require.Equal(t, first.ProviderID, got.Target)
	}
}

func files(t *testing.T, s *suite) {
	if s.File == nil {
		t.Skip("customers send no files")
	}
	address := s.Addresses[0]
	got := s.messages(t, address, s.File(address, newID(), "사진.png", "image/png", "picture"))
	require.Len(t, got, 1)
	require.Len(t, got[0].Files, 1)
	ref := got[0].Files[0]
	fetcher, ok := s.Connector.(connectors.MediaFetcher)
	require.True(t, ok, "it names files and cannot fetch them")
	media, err := fetcher.FetchMedia(t.Context(), s.Account, ref)
	require.NoError(t, err)
	content, err := io.ReadAll(media.Body)
	require.NoError(t, err)
	require.NoError(t, media.Body.Close())
	require.Equal(t, "picture", string(content))
	for _, bad := range []connectors.MediaRef{
		{ID: ref.ID + "x", URL: "https://evil.example/x"}, {URL: "https://127.0.0.1/x"}, {URL: "http://169.254.169.254/latest"}, {URL: "file:///etc/passwd"}, {},
	} {
		_, err := fetcher.FetchMedia(t.Context(), s.Account, bad)
		var e *connectors.SendError
		require.ErrorAs(t, err, &e, "%+v", bad)
		require.True(t, e.Permanent(), "%+v", bad)
	}
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
	furthest := conversation.StatusRead
	if !connectors.CapabilitiesOf(s.Connector, s.Account).ReadMarks {
		furthest = conversation.StatusDelivered
		delivered = s.Status(address, out, receipt, conversation.StatusSent)
	}
	read := s.Status(address, out, receipt, furthest)
	for _, order := range [][]any{{delivered, read}, {read, delivered}, {read, read}, {delivered, delivered, read, delivered}} {
		for _, together := range []bool{true, false} {
			var events []connectors.Inbound
			if together {
				events = s.receive(t, address, order...)
			} else {
				for _, e := range order {
					events = append(events, s.receive(t, address, e)...)
				}
			}
			status := receipt.Status
			for _, e := range events {
				require.Equal(t, connectors.InStatus, e.Type)
				named := e.Status.Until.IsZero()
				if named {
					require.Equal(t, receipt.ProviderID, e.Status.ProviderID, "the status names another message than the receipt")
				}
				require.Equal(t, address, e.Address)
				if s.features.OurIDs && named {
					require.Equal(t, out.ID, e.Status.MessageID)
				}
				if conversation.Forward(status, e.Status.Status) {
					status = e.Status.Status
				}
			}
			require.Equal(t, furthest, status)
		}
	}
}
