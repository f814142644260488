package email_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/fake"
	"seax/internal/conversation"
)

func (w *world) deliver(t *testing.T, texts ...string) [][]byte {
	t.Helper()
	var all [][]byte
	for _, text := range texts {
		raw := w.letter(text).MIME()
		require.NoError(t, w.Deliver(w.account, raw))
		all = append(all, raw)
	}
	return all
}

func texts(events []connectors.Inbound) (all []string) {
	for _, e := range events {
		all = append(all, e.Message.Text)
	}
	return all
}

func TestOnlyWhatIsNewIsRead(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]map[string]string{
		"TLS": nil, "STARTTLS": {"imap_security": "starttls"}, "moved": {"imap_done_folder": "Done"},
	} {
		w := newWorld(t, "imap", more)
		if name == "STARTTLS" {
			w.account.Settings["imap_port"] = w.Ports().IMAPStartTLS
		}
		w.deliver(t, "from before")
		feed := newRecorder()
		stop := w.listen(t, feed)
		w.deliver(t, "one", "two")
		require.Equal(t, []string{"one", "two"}, texts(feed.until(t, count(2))), name)
		stop()
		if name == "moved" {
			all, _ := w.Count(w.account, "Done")
			require.GreaterOrEqual(t, all, uint32(1))
		}
		_, unseen := w.Count(w.account, "INBOX")
		require.LessOrEqual(t, unseen, uint32(2), "what was read is marked")
	}
}

func TestMailboxesThatCannotTellAreLookedAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "imap", nil)
	w.WithoutIdle()
	feed := newRecorder()
	w.listen(t, feed)
	w.deliver(t, "one")
	feed.until(t, count(1))
	w.Disconnect()
	w.deliver(t, "two")
	require.Equal(t, []string{"one", "two"}, texts(feed.until(t, count(2))))
}

func TestAMailboxThatWasMadeAnewIsReadOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "imap", nil)
	feed := newRecorder()
	stop := w.listen(t, feed)
	before := w.deliver(t, "one", "two")
	feed.until(t, count(2))
	stop()
	require.NoError(t, w.Renew(w.account, append(before, w.letter("three").MIME())...))
	w.listen(t, feed)
	w.deliver(t, "four")
	require.Equal(t, []string{"one", "two", "three", "four"}, texts(feed.until(t, count(4))))
}

func TestHugeEmailsAreReadInPart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "imap", nil)
	feed := newRecorder()
	w.listen(t, feed)
	l := w.letter("The film is attached.")
	l.Files = []fake.File{{Name: "film.mp4", MediaType: "video/mp4", Content: bytes.Repeat([]byte{7}, 50<<20)}}
	require.NoError(t, w.Deliver(w.account, l.MIME()))
	w.deliver(t, "and that was it")
	events := feed.until(t, count(2))
	m := events[0].Message
	require.Equal(t, "The film is attached.", m.Text)
	require.Len(t, m.Attachments, 1)
	require.Equal(t, "film.mp4", m.Attachments[0].Name)
	require.Equal(t, conversation.AttachmentFailed, m.Attachments[0].State)
	require.Equal(t, "The file is larger than 18 MB.", m.Attachments[0].Error)
	require.InDelta(t, base64.StdEncoding.EncodedLen(50<<20), m.Attachments[0].Size, 5<<20)
	require.Empty(t, w.files.content)
}

func TestEmailsFromNobodyDoNotStopTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "imap", nil)
	feed := newRecorder()
	w.listen(t, feed)
	require.NoError(t, w.Deliver(w.account, []byte("Subject: nobody\r\n\r\nhello\r\n")))
	require.NoError(t, w.Deliver(w.account, []byte("rubbish")))
	w.deliver(t, "somebody")
	require.Equal(t, []string{"somebody"}, texts(feed.until(t, count(1))))
}

func TestSettingsThatDoNotWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "imap", nil)
	check := func(change func(a *connectors.Account)) *connectors.SendError {
		a := w.account
		a.Settings, a.Secrets = map[string]string{}, connectors.Secrets{"password": "pa55-of-the-mailbox"}
		for name, value := range w.account.Settings {
			a.Settings[name] = value
		}
		change(&a)
		_, err := w.connector.Check(t.Context(), a)
		var e *connectors.SendError
		require.ErrorAs(t, err, &e)
		require.NotEmpty(t, e.Words)
		return e
	}
	require.Equal(t, connectors.CodeConfig, check(func(a *connectors.Account) { a.Secrets["password"] = "wrong" }).Code)
	require.Equal(t, connectors.CodeConfig, check(func(a *connectors.Account) { a.Secrets["smtp_password"] = "wrong" }).Code)
	require.Equal(t, connectors.CodeConfig, check(func(a *connectors.Account) { a.Settings["imap_folder"] = "Nowhere" }).Code)
	require.Equal(t, connectors.CodeConnection, check(func(a *connectors.Account) { a.Settings["smtp_host"] = "nowhere.example" }).Code)
	found, err := w.connector.Check(t.Context(), w.account)
	require.NoError(t, err)
	require.Contains(t, found, "0 emails in INBOX")
	secured := w.account
	secured.Settings["smtp_port"], secured.Settings["smtp_security"] = w.Ports().SMTPTLS, "tls"
	_, err = w.connector.Check(t.Context(), secured)
	require.NoError(t, err)
}

func TestAnAccountWhoseEmailsArePostedHasNothingToHear(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "postmark", nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, w.connector.Listen(ctx, w.account, newRecorder()), context.Canceled)
}
