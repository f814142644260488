package activities_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"seax/activities"
	"seax/connectors"
	"seax/internal/blob"
	"seax/internal/conversation"
	"seax/internal/ingress"
	"seax/workflows/flow"
)

// attic is a channel whose provider has files and knows people.
type attic struct {
	connectors.Connector
	// fails is what happens to a file, by its reference's id.
	fails   map[string]error
	content string
	profile connectors.Profile
	unknown error
}

func (*attic) Describe() connectors.Description { return connectors.Description{Kind: "attic"} }

func (a *attic) FetchMedia(_ context.Context, _ connectors.Account, ref connectors.MediaRef) (connectors.Media, error) {
	if err := a.fails[ref.ID]; err != nil {
		return connectors.Media{}, err
	}
	content := a.content
	if content == "" {
		content = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"
	}
	return connectors.Media{Body: io.NopCloser(strings.NewReader(content))}, nil
}

func (a *attic) LookUp(context.Context, connectors.Account, string) (connectors.Profile, error) {
	return a.profile, a.unknown
}

// atticWorld is a conversation in which a customer has sent files, by reference.
func atticWorld(t *testing.T, a *attic, refs ...connectors.MediaRef) (w *world, errands *activities.Errands, seq int64) {
	t.Helper()
	w = newWorld(t, false)
	w.Exec(`update channels set kind = 'attic'`)
	account := connectors.Account{ID: "chat", Kind: "attic"}
	files, err := blob.Open(t.Context(), "mem://", w.Pool, bytes.Repeat([]byte("k"), 32))
	require.NoError(t, err)
	t.Cleanup(func() { _ = files.Close() })
	_, err = ingress.New(w.Log).Accept(t.Context(), ingress.Channel{Account: account, Flow: "assistant"}, []connectors.Inbound{{
		Type: connectors.InMessage, ProviderID: "m1", Address: "v1", Message: conversation.Message{Text: "look"}, Files: refs,
	}})
	require.NoError(t, err)
	require.NoError(t, w.Pool.QueryRow(t.Context(), `select c.id, e.seq from conversations c join conversation_events e on e.conversation_id = c.id
		where c.address = 'v1' and e.kind = 'customer.message'`).Scan(&w.id, &seq))
	return w, &activities.Errands{Log: w.Log, Registry: connectors.NewRegistry(a), Accounts: steady(account), Files: files}, seq
}

func (w *world) attachments(seq int64) []conversation.Attachment {
	w.t.Helper()
	var m conversation.Message
	require.NoError(w.t, w.Pool.QueryRow(w.t.Context(), `select body from conversation_events where conversation_id = $1 and seq = $2`, w.id, seq).Scan(&m))
	return m.Attachments
}

func TestFilesAreFetchedAndKept(t *testing.T) {
	t.Parallel()
	a := &attic{fails: map[string]error{
		"gone": &connectors.SendError{Code: connectors.CodeRejected, Words: "The provider no longer has the file."}, "later": &connectors.SendError{Code: connectors.CodeProvider, Words: "not now"},
	}}
	w, errands, seq := atticWorld(t, a, connectors.MediaRef{ID: "1", Name: "사진.png", Voice: true}, connectors.MediaRef{ID: "gone", Name: "old.png"},
		connectors.MediaRef{ID: "later"}, connectors.MediaRef{ID: "huge", Size: 1 << 40})
	in := flow.ErrandInput{ConversationID: w.id, Seq: seq}
	require.Error(t, errands.Fetch(t.Context(), in), "one of them has to be tried again")
	got := w.attachments(seq)
	require.Empty(t, got[0].State)
	require.Equal(t, "사진.png", got[0].Name)
	require.Equal(t, "image/png", got[0].MediaType)
	require.True(t, got[0].Voice)
	require.Equal(t, conversation.AttachmentFailed, got[1].State)
	require.Equal(t, "The provider no longer has the file.", got[1].Error)
	require.Equal(t, conversation.FileRefused, got[1].Code)
	require.Equal(t, conversation.AttachmentPending, got[2].State)
	require.Equal(t, "The file is larger than 64 MB.", got[3].Error)
	require.Equal(t, conversation.FileTooLarge, got[3].Code)
	delete(a.fails, "later")
	for range 2 {
		require.NoError(t, errands.Fetch(t.Context(), in))
	}
	require.Empty(t, w.attachments(seq)[2].State)
	updates := 0
	for _, k := range w.Kinds(w.id) {
		if k == conversation.AttachmentDone {
			updates++
		}
	}
	require.Equal(t, 4, updates, "each file is told of once")
}

func TestFilesThatAreNotAccepted(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"program": "MZ\x90\x00" + strings.Repeat("\x00", 200), "page": "<!doctype html><script>alert(1)</script>", "archive": "PK\x03\x04" + strings.Repeat("\x00", 100), "nothing": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &attic{content: content}
			if content == "" {
				a.content = " "
			}
			w, errands, seq := atticWorld(t, a, connectors.MediaRef{ID: "1", Name: "x.bin"})
			require.NoError(t, errands.Fetch(t.Context(), flow.ErrandInput{ConversationID: w.id, Seq: seq}))
			if name != "nothing" {
				require.Equal(t, "Files of this kind are not accepted.", w.attachments(seq)[0].Error)
				require.Equal(t, conversation.FileType, w.attachments(seq)[0].Code)
			}
		})
	}
	w, errands, seq := atticWorld(t, &attic{content: strings.Repeat("a", 64<<20+1)}, connectors.MediaRef{ID: "1", Name: "x.txt"})
	require.NoError(t, errands.Fetch(t.Context(), flow.ErrandInput{ConversationID: w.id, Seq: seq}))
	require.Equal(t, "The file is larger than 64 MB.", w.attachments(seq)[0].Error)
}

func TestFilesThatDoNotComeAreGivenUp(t *testing.T) {
	t.Parallel()
	w, errands, seq := atticWorld(t, &attic{}, connectors.MediaRef{ID: "1", Name: "a.png"})
	in := flow.ErrandInput{ConversationID: w.id, Seq: seq, Reason: "in time"}
	require.NoError(t, errands.FetchLost(t.Context(), in))
	require.Equal(t, "in time", w.attachments(seq)[0].Error)
	require.Equal(t, conversation.FileLate, w.attachments(seq)[0].Code)
	require.NoError(t, errands.Fetch(t.Context(), in), "too late")
	require.Equal(t, conversation.AttachmentFailed, w.attachments(seq)[0].State)
}

// A message that was taken back while its file was on the way stays taken back.
func TestAFileOfAMessageThatWasTakenBack(t *testing.T) {
	t.Parallel()
	w, errands, seq := atticWorld(t, &attic{}, connectors.MediaRef{ID: "1", Name: "a.png"})
	_, err := ingress.New(w.Log).Accept(t.Context(), ingress.Channel{Account: connectors.Account{ID: "chat", Kind: "attic"}, Flow: "assistant"},
		[]connectors.Inbound{{Type: connectors.InDeleted, Address: "v1", Target: "m1"}})
	require.NoError(t, err)
	require.NoError(t, errands.Fetch(t.Context(), flow.ErrandInput{ConversationID: w.id, Seq: seq}))
	require.Empty(t, w.attachments(seq))
	require.NotContains(t, w.Kinds(w.id), conversation.AttachmentDone)
}

func TestStrangersGetTheNameTheChannelKnows(t *testing.T) {
	t.Parallel()
	a := &attic{profile: connectors.Profile{Name: "지수", Locale: "ko"}}
	w, errands, _ := atticWorld(t, a)
	in := flow.ErrandInput{ConversationID: w.id}
	name := func() (name string) {
		require.NoError(t, w.Pool.QueryRow(t.Context(), `select ct.name || '/' || ct.locale from contacts ct join conversations c on c.contact_id = ct.id where c.id = $1`, w.id).Scan(&name))
		return name
	}
	a.unknown = &connectors.SendError{Code: connectors.CodeRejected, Words: "nobody"}
	require.NoError(t, errands.LookUp(t.Context(), in))
	require.Equal(t, "/", name())
	a.unknown = &connectors.SendError{Code: connectors.CodeThrottled, Words: "later"}
	require.Error(t, errands.LookUp(t.Context(), in))
	a.unknown = nil
	require.NoError(t, errands.LookUp(t.Context(), in))
	require.Equal(t, "지수/ko", name())
	a.profile.Name = "Another"
	require.NoError(t, errands.LookUp(t.Context(), in))
	require.Equal(t, "지수/ko", name(), "what is known stays")
}
