package connectortest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/internal/conversation"
)

func (s *suite) capabilities() connectors.Capabilities {
	return connectors.CapabilitiesOf(s.Connector, s.Account)
}

func sends(t *testing.T, s *suite) {
	ids := map[string]bool{}
	for i := range 3 {
		receipt, err := s.Connector.Send(t.Context(), s.Account, s.out(s.Addresses[i%2], fmt.Sprintf("message %d", i)))
		require.NoError(t, err)
		require.NotEmpty(t, receipt.ProviderID)
		require.False(t, ids[receipt.ProviderID], "two messages have the same id at the provider")
		ids[receipt.ProviderID] = true
		require.Contains(t, []conversation.Status{conversation.StatusQueued, conversation.StatusSent, conversation.StatusDelivered}, receipt.Status)
	}
	require.Equal(t, []Received{{Text: "message 0"}, {Text: "message 2"}}, s.Received(s.Addresses[0]))
	require.Equal(t, []Received{{Text: "message 1"}}, s.Received(s.Addresses[1]))
}

func sendsOnce(t *testing.T, s *suite) {
	if !s.capabilities().Idempotent {
		t.Skip("the provider does not drop repetitions")
	}
	out := s.out(s.Addresses[0], "once")
	first, err := s.Connector.Send(t.Context(), s.Account, out)
	require.NoError(t, err)
	// Attempts may also run side by side, when a worker was thought to be dead.
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			again, err := s.Connector.Send(t.Context(), s.Account, out)
			if err != nil || again != first {
				t.Errorf("repeated: %v, %v; first: %v", again, err, first)
			}
		})
	}
	wg.Wait()
	require.Equal(t, []Received{{Text: "once"}}, s.Received(s.Addresses[0]))

	fresh := s.out(s.Addresses[1], "at once")
	for range 5 {
		wg.Go(func() {
			if _, err := s.Connector.Send(t.Context(), s.Account, fresh); err != nil {
				t.Errorf("side by side: %v", err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, []Received{{Text: "at once"}}, s.Received(s.Addresses[1]))
}

func sendsOptions(t *testing.T, s *suite) {
	if s.capabilities().Options.Max == 0 {
		t.Skip("the channel has no buttons")
	}
	out := s.out(s.Addresses[0], "Which?")
	out.Message.Options = []conversation.Option{{ID: "en", Label: "English"}, {ID: "ko", Label: "한국어"}}
	_, err := s.Connector.Send(t.Context(), s.Account, out)
	require.NoError(t, err)
	require.Equal(t, []Received{{Text: "Which?", Options: out.Message.Options}}, s.Received(s.Addresses[0]))
}

// sendsFiles: a file arrives as it was attached, also with words and with what others there are.
func sendsFiles(t *testing.T, s *suite) {
	can := s.capabilities()
	require.Equal(t, can.MaxFileBytes > 0, s.Sendable != nil, "the fixture and the capabilities do not agree")
	if can.MaxFileBytes == 0 {
		t.Skip("the channel carries no files")
	}
	one := s.attachment()
	s.sendParts(t, s.Addresses[0], conversation.Message{Text: "look", Attachments: []conversation.Attachment{one.Attachment, one.Attachment}}, one)
	var texts []string
	var arrived []ReceivedFile
	for _, r := range s.Received(s.Addresses[0]) {
		if r.Text != "" {
			texts = append(texts, r.Text)
		}
		arrived = append(arrived, r.Files...)
	}
	want := ReceivedFile{s.Sendable.MediaType, s.Sendable.Content}
	require.Equal(t, []ReceivedFile{want, want}, arrived)
	require.Equal(t, []string{"look"}, texts)
}

// sendsAnswers: a message names the one it answers, theirs or ours.
func sendsAnswers(t *testing.T, s *suite) {
	if !s.capabilities().Replies {
		t.Skip("the channel's messages do not name what they answer")
	}
	address := s.Addresses[0]
	theirs := s.messages(t, address, s.Message(address, newID(), "which one?"))[0]
	first, err := s.Connector.Send(t.Context(), s.Account, s.out(address, "this"))
	require.NoError(t, err)
	for _, id := range []string{theirs.ProviderID, first.ProviderID} {
		out := s.out(address, "about "+id)
		out.ReplyTo = id
		receipt, err := s.Connector.Send(t.Context(), s.Account, out)
		require.NoError(t, err)
		require.NotEqual(t, id, receipt.ProviderID)
		got := s.Received(address)
		require.Equal(t, id, got[len(got)-1].ReplyTo)
	}
}

// attachment is the fixture's file as the delivery hands it over.
func (s *suite) attachment() connectors.File {
	f := s.Sendable
	return connectors.File{
		Attachment: conversation.Attachment{ID: conversation.NewID(), Name: f.Name, MediaType: f.MediaType, Size: int64(len(f.Content))},
		PublicURL:  f.PublicURL,
		Open:       func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(f.Content)), nil },
	}
}

// sendParts does what a delivery does with a message whose attachments are all the same file.
func (s *suite) sendParts(t *testing.T, address string, m conversation.Message, file connectors.File) {
	t.Helper()
	for _, part := range connectors.Split(m, s.capabilities()) {
		out := s.out(address, "")
		out.Message = part
		for range part.Attachments {
			f := file
			if u, ok := s.Connector.(connectors.MediaUploader); ok {
				ref, err := u.UploadMedia(t.Context(), s.Account, f)
				require.NoError(t, err)
				require.NotEmpty(t, ref)
				f.Ref = ref
			}
			out.Files = append(out.Files, f)
		}
		_, err := s.Connector.Send(t.Context(), s.Account, out)
		require.NoError(t, err)
	}
}

func sendsTemplates(t *testing.T, s *suite) {
	templater, ok := s.Connector.(connectors.Templater)
	if !ok || s.Template == nil {
		require.False(t, s.capabilities().Templates, "claims templates and the fixture has none")
		t.Skip("the channel has no templates")
	}
	all, err := templater.Templates(t.Context(), s.Account)
	require.NoError(t, err)
	require.NotEmpty(t, all)
	ids := map[string]connectors.Template{}
	for _, one := range all {
		require.NotEmpty(t, one.Name)
		require.NotEmpty(t, one.Body)
		ids[one.ID] = one
	}
	require.Contains(t, ids, s.Template.ID)
	for _, v := range ids[s.Template.ID].Variables {
		require.Contains(t, ids[s.Template.ID].Body+ids[s.Template.ID].Header, "{{"+v.Name+"}}")
		require.Contains(t, s.Template.Variables, v.Name, "the fixture does not fill %s", v.Name)
	}
	out := s.out(s.Addresses[0], "as it reads")
	out.Message.Template = s.Template
	_, err = s.Connector.Send(t.Context(), s.Account, out)
	require.NoError(t, err)
	got := s.Received(s.Addresses[0])
	require.Len(t, got, 1)
	require.Equal(t, s.Template.ID, got[0].Template)
	require.Equal(t, s.Template.Variables, got[0].Variables)
}

func sendsLong(t *testing.T, s *suite) {
	limit, unit := s.capabilities().MaxText, s.capabilities().TextUnit
	fits := strings.Repeat("각", limit/connectors.Length("각", unit))
	_, err := s.Connector.Send(t.Context(), s.Account, s.out(s.Addresses[0], fits))
	require.NoError(t, err)
	over := strings.Repeat("각", limit/connectors.Length("각", unit)+1)
	_, err = s.Connector.Send(t.Context(), s.Account, s.out(s.Addresses[1], over))
	if err == nil {
		require.Equal(t, []Received{{Text: over}}, s.Received(s.Addresses[1]), "neither refused nor whole")
		return
	}
	requireCode(t, err, connectors.CodeRejected)
	require.Empty(t, s.Received(s.Addresses[1]))
}

// sendsSplit: whatever the limit, everything arrives, in order, and nothing people see as one is torn.
func sendsSplit(t *testing.T, s *suite) {
	can := s.capabilities()
	address := s.Addresses[0]
	sentence := "주문하신 상품이 오늘 출발했어요 👩‍👩‍👧‍👦🇰🇷. Your parcel is on its way, e\u0301 voilà!\n"
	text := strings.TrimSpace(strings.Repeat(sentence, 2*can.MaxText/connectors.Length(sentence, can.TextUnit)+2))
	parts := connectors.Split(conversation.Message{Text: text}, can)
	require.Greater(t, len(parts), 1)
	s.sendParts(t, address, conversation.Message{Text: text}, connectors.File{})
	var arrived strings.Builder
	for i, r := range s.Received(address) {
		require.Equal(t, parts[i].Text, r.Text)
		require.LessOrEqual(t, connectors.Length(r.Text, can.TextUnit), can.MaxText)
		arrived.WriteString(r.Text)
	}
	bare := func(s string) string { return strings.Join(strings.Fields(s), "") }
	require.Equal(t, bare(text), bare(arrived.String()))
}

func requireCode(t *testing.T, err error, code connectors.ErrorCode) {
	t.Helper()
	_ = classified(t, err, code)
}

func classified(t *testing.T, err error, code connectors.ErrorCode) *connectors.SendError {
	t.Helper()
	e := classifiedAny(t, err)
	require.Equal(t, code, e.Code, "%v", err)
	return e
}

func classifiedAny(t *testing.T, err error) *connectors.SendError {
	t.Helper()
	var e *connectors.SendError
	require.ErrorAs(t, err, &e, "errors classify themselves")
	require.NotEmpty(t, e.Words, "somebody must be told")
	return e
}

func sendsConcurrently(t *testing.T, s *suite) {
	const each = 10
	var wg sync.WaitGroup
	for _, address := range s.Addresses {
		wg.Go(func() {
			for i := range each {
				if _, err := s.Connector.Send(t.Context(), s.Account, s.out(address, fmt.Sprintf("%s %d", address, i))); err != nil {
					t.Errorf("send to %s: %v", address, err)
				}
			}
		})
	}
	wg.Wait()
	for _, address := range s.Addresses {
		var expected []Received
		for i := range each {
			expected = append(expected, Received{Text: fmt.Sprintf("%s %d", address, i)})
		}
		require.Equal(t, expected, s.Received(address))
	}
}

func stops(t *testing.T, s *suite) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Connector.Send(ctx, s.Account, s.out(s.Addresses[0], "too late"))
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, s.Received(s.Addresses[0]))
}

func classifies(t *testing.T, s *suite) {
	if !s.features.Faults {
		t.Skip("the provider always behaves")
	}
	address := s.Addresses[0]
	for _, c := range []struct {
		fault     Fault
		code      connectors.ErrorCode
		whose     connectors.Fault
		permanent bool
	}{
		{Throttled, connectors.CodeThrottled, connectors.FaultProvider, false},
		{Unavailable, connectors.CodeProvider, connectors.FaultProvider, false},
		{Broken, connectors.CodeAmbiguous, connectors.FaultProvider, false},
		{Rejected, connectors.CodeRejected, connectors.FaultOurs, true},
		{Blocked, connectors.CodeUnreachable, connectors.FaultCustomer, true},
		{Locked, connectors.CodeConfig, connectors.FaultAdmin, true},
		{Closed, connectors.CodeWindowClosed, connectors.FaultCustomer, true},
		{OptedOut, connectors.CodeOptedOut, connectors.FaultCustomer, true},
	} {
		if c.fault == Closed && !s.features.Window || c.fault == OptedOut && !s.features.OptOuts {
			continue
		}
		s.Fail(c.fault)
		_, err := s.Connector.Send(t.Context(), s.Account, s.out(address, string(c.fault)))
		e := classified(t, err, c.code)
		require.Equal(t, c.permanent, e.Permanent(), c.fault)
		require.Equal(t, c.whose, e.Fault(), c.fault)
		if c.fault == Throttled {
			require.Equal(t, RetryAfter, e.RetryAfter)
		}
		require.Empty(t, s.Received(address), "%s, and yet it arrived", c.fault)
	}
	_, err := s.Connector.Send(t.Context(), s.Account, s.out(address, "well again"))
	require.NoError(t, err)
	require.Len(t, s.Received(address), 1)
}

func lostAnswers(t *testing.T, s *suite) {
	if !s.features.Faults {
		t.Skip("the provider always behaves")
	}
	address := s.Addresses[0]
	out := s.out(address, "lost request")
	s.Fail(CutBefore)
	_, err := s.Connector.Send(t.Context(), s.Account, out)
	requireCode(t, err, connectors.CodeConnection)
	require.Empty(t, s.Received(address))
	_, err = s.Connector.Send(t.Context(), s.Account, out)
	require.NoError(t, err)
	require.Len(t, s.Received(address), 1)

	out = s.out(address, "lost answer")
	s.Fail(CutAfter)
	_, err = s.Connector.Send(t.Context(), s.Account, out)
	requireCode(t, err, connectors.CodeAmbiguous)
	require.Len(t, s.Received(address), 2)
	if s.capabilities().Idempotent {
		_, err = s.Connector.Send(t.Context(), s.Account, out)
		require.NoError(t, err)
		require.Len(t, s.Received(address), 2, "the repeated attempt arrived again")
	}
}

func timeouts(t *testing.T, s *suite) {
	if !s.features.Faults {
		t.Skip("the provider always behaves")
	}
	for taken, code := range map[bool]connectors.ErrorCode{false: connectors.CodeConnection, true: connectors.CodeAmbiguous} {
		ctx, cancel := context.WithCancel(t.Context())
		hangs := s.Hang(taken)
		failed := make(chan error, 1)
		go func() {
			_, err := s.Connector.Send(ctx, s.Account, s.out(s.Addresses[0], "slow"))
			failed <- err
		}()
		<-hangs
		cancel()
		err := <-failed
		requireCode(t, err, code)
		require.ErrorIs(t, err, context.Canceled)
	}
}

// keepsSecrets: whatever goes wrong, no credential is in what may be logged.
func keepsSecrets(t *testing.T, s *suite) {
	if !s.features.Faults {
		t.Skip("the provider always behaves")
	}
	for _, fault := range []Fault{Throttled, Unavailable, Broken, Rejected, Locked, CutBefore, CutAfter} {
		s.Fail(fault)
		_, err := s.Connector.Send(t.Context(), s.Account, s.out(s.Addresses[0], "hello"))
		require.Error(t, err)
		said := fmt.Sprintf("%v %+v", err, s.Account.Secrets)
		require.NotContains(t, said, string(s.Account.Secret))
		for name, value := range s.Account.Secrets {
			require.NotContains(t, said, value, "%s shows in the error of %q", name, fault)
		}
	}
}

func courtesies(t *testing.T, s *suite) {
	address := s.Addresses[0]
	newest := s.messages(t, address, s.Message(address, newID(), "hello"))[0]
	to := connectors.Customer{Address: address, Last: connectors.LastInbound{ID: newest.ProviderID, Handle: newest.Handle, At: time.Now()}}
	if c, ok := s.Connector.(connectors.Typist); ok {
		require.NoError(t, c.Typing(t.Context(), s.Account, to, "Mina"))
		require.NoError(t, c.Typing(t.Context(), s.Account, to, ""))
	}
	if c, ok := s.Connector.(connectors.ReadMarker); ok {
		require.NoError(t, c.MarkRead(t.Context(), s.Account, to))
	}
	if c, ok := s.Connector.(connectors.StateShower); ok {
		require.NoError(t, c.ShowState(t.Context(), s.Account, address, conversation.WithAgent, "Mina"))
		require.NoError(t, c.ShowState(t.Context(), s.Account, address, conversation.Done, ""))
	}
	if c, ok := s.Connector.(connectors.ProfileLookup); ok {
		_, err := c.LookUp(t.Context(), s.Account, address)
		require.NoError(t, err)
	}
	if c, ok := s.Connector.(connectors.Instructor); ok {
		for _, item := range c.Setup(s.Account) {
			require.NotEmpty(t, item.Label["en"])
			require.NotEmpty(t, item.Label["ko"])
			require.NotEmpty(t, item.Value)
		}
	}
	if c, ok := s.Connector.(connectors.Public); ok {
		require.NotNil(t, c.Handler(accounts{s.Account}))
	}
	if c, ok := s.Connector.(connectors.Embedder); ok {
		require.Contains(t, c.Snippet(s.Account, "https://chat.example"), "https://chat.example")
	}
}

// changes: what was sent can be changed, reacted to and taken back, as far as the channel has it.
func changes(t *testing.T, s *suite) {
	address := s.Addresses[0]
	receipt, err := s.Connector.Send(t.Context(), s.Account, s.out(address, "helo"))
	require.NoError(t, err)
	ours := connectors.Target{Address: address, ProviderID: receipt.ProviderID, Ours: true}
	if c, ok := s.Connector.(connectors.Editor); ok {
		require.NoError(t, c.Edit(t.Context(), s.Account, ours, "hello"))
		require.Equal(t, "hello", s.Received(address)[0].Text)
	}
	if c, ok := s.Connector.(connectors.Reactor); ok {
		theirs := s.messages(t, address, s.Message(address, newID(), "hi"))[0]
		target := connectors.Target{Address: address, ProviderID: theirs.ProviderID}
		require.NoError(t, c.React(t.Context(), s.Account, target, "👍"))
		require.NoError(t, c.React(t.Context(), s.Account, target, ""))
	}
	if c, ok := s.Connector.(connectors.Deleter); ok {
		require.NoError(t, c.Delete(t.Context(), s.Account, ours))
		require.Empty(t, s.Received(address))
	}
}

func starts(t *testing.T, s *suite) {
	starter, ok := s.Connector.(connectors.Starter)
	if !ok {
		t.Skip("the customer writes first")
	}
	for range 2 {
		address, err := starter.Start(t.Context(), s.Account, s.StartWith)
		require.NoError(t, err)
		require.Equal(t, s.Addresses[0], address)
	}
	for _, nobody := range []string{"", " ", "\x00"} {
		_, err := starter.Start(t.Context(), s.Account, nobody)
		require.True(t, classifiedAny(t, err).Permanent(), "%q", nobody)
	}
}

func checks(t *testing.T, s *suite) {
	checker, ok := s.Connector.(connectors.Checker)
	if !ok {
		t.Skip("there is nothing to check")
	}
	found, err := checker.Check(t.Context(), s.Account)
	require.NoError(t, err)
	require.NotEmpty(t, found)
	require.Empty(t, s.Received(s.Addresses[0]), "a check sends nothing")
	if s.features.Faults {
		s.Fail(Locked)
		_, err = checker.Check(t.Context(), s.Account)
		requireCode(t, err, connectors.CodeConfig)
	}
	empty := connectors.Account{ID: s.Account.ID, Kind: s.Account.Kind, Name: "not set up"}
	_, err = checker.Check(t.Context(), empty)
	requireCode(t, err, connectors.CodeConfig)
}

// links: a link holds the code, as it is or in the text, and is there only if the settings say where the account is.
func links(t *testing.T, s *suite) {
	linker, ok := s.Connector.(connectors.Linker)
	if !ok {
		t.Skip("customers cannot be sent here by a link")
	}
	require.Empty(t, linker.Link(connectors.Account{ID: s.Account.ID, Kind: s.Account.Kind, Name: "not set up"}, "AB2CD-34EFG", "go on (AB2CD-34EFG)"))
	link := linker.Link(s.Account, "AB2CD-34EFG", "go on & on? (AB2CD-34EFG)")
	if link == "" {
		t.Skip("the fixture's settings do not say where the account is")
	}
	parsed, err := url.Parse(link)
	require.NoError(t, err)
	require.NotEmpty(t, parsed.Scheme)
	require.Contains(t, link, "AB2CD-34EFG")
	require.NotContains(t, link, " ")
}

type accounts []connectors.Account

func (a accounts) Account(_ context.Context, id string) (connectors.Account, error) {
	for _, account := range a {
		if account.ID == id {
			return account, nil
		}
	}
	return connectors.Account{}, errors.Join(connectors.ErrNoAccount)
}
