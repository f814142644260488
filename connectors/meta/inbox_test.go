package meta_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/fake"
	"seax/connectors/meta"
	"seax/internal/conversation"
)

const from = `"sender":{"id":"7001"},"recipient":{"id":"104738472839999"},"timestamp":1458692752478,`

func TestEverythingThatHappensInAnInbox(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connector := meta.NewMessenger(w.deps)
	for what, check := range map[string]func(in connectors.Inbound){
		`"message":{"mid":"m_1","text":"Yes","quick_reply":{"payload":"y"},"reply_to":{"mid":"m_0"}}`: func(in connectors.Inbound) {
			require.Equal(t, [4]string{"Yes", "y", "m_0", "m_1"}, [4]string{in.Message.Text, in.Message.Choice, in.ReplyTo, in.ProviderID})
			require.Equal(t, time.UnixMilli(1458692752478).UTC(), in.At)
		},
		`"postback":{"mid":"m_2","title":"Get started","payload":"START","referral":{"ref":"shop","source":"ADS","ad_id":"9"}}`: func(in connectors.Inbound) {
			require.Equal(t, [3]string{"Get started", "START", "m_2"}, [3]string{in.Message.Text, in.Message.Choice, in.ProviderID})
			require.Equal(t, map[string]string{"ref": "shop", "source": "ADS", "ad_id": "9"}, in.Message.Referral)
			require.Equal(t, "shop", in.Code)
		},
		`"postback":{"title":"Old","payload":"P"}`: func(in connectors.Inbound) { require.Equal(t, "postback/7001/1458692752478/P", in.ProviderID) },
		`"message":{"mid":"m_3","attachments":[{"type":"image","payload":{"url":"https://scontent.xx.fbcdn.net/v/1","sticker_id":369239263222822}}]}`: func(in connectors.Inbound) {
			require.Equal(t, "👍", in.Message.Text)
			require.Empty(t, in.Files)
		},
		`"message":{"mid":"m_4","attachments":[{"type":"sticker","payload":{"url":"https://scontent.xx.fbcdn.net/v/1","sticker_id":42}},{"type":"audio","payload":{"url":"https://cdn.fbsbx.com/v/2"}}]}`: func(in connectors.Inbound) {
			require.Len(t, in.Files, 2)
			require.True(t, in.Files[0].Sticker)
			require.True(t, in.Files[1].Voice)
		},
		`"message":{"mid":"m_5","text":"see","attachments":[{"type":"fallback","title":"Shop","url":"https://shop.example/1","payload":null}]}`: func(in connectors.Inbound) {
			require.Equal(t, "see\nShop\nhttps://shop.example/1", in.Message.Text)
		},
		`"message":{"mid":"m_6","attachments":[{"type":"template","payload":{"title":"Card"}}]}`: func(in connectors.Inbound) {
			require.Equal(t, "template", in.Message.Unsupported.Type)
			require.Contains(t, string(in.Raw), "Card")
		},
		`"message":{"mid":"m_7"}`:                       func(in connectors.Inbound) { require.Equal(t, "empty", in.Message.Unsupported.Type) },
		`"message":{"mid":"m_7","is_unsupported":true}`: func(in connectors.Inbound) { require.Equal(t, "unsupported", in.Message.Unsupported.Type) },
		`"message":{"mid":7}`:                           func(in connectors.Inbound) { require.NotNil(t, in.Message.Unsupported) },
	} {
		got, err := w.parse(connector, messenger, w.items(messenger, "messaging", "{"+from+what+"}"))
		require.NoError(t, err, what)
		require.Len(t, got, 1, what)
		require.Equal(t, connectors.InMessage, got[0].Type, what)
		require.Equal(t, [2]string{"7001", "104738472839999"}, [2]string{got[0].Address, got[0].AccountKey})
		require.NotEmpty(t, got[0].ProviderID)
		check(got[0])
	}
	for what, kind := range map[string]connectors.InboundType{
		`"reaction":{"reaction":"love","action":"react","mid":"m_1"}`: connectors.InReaction, `"message_edit":{"mid":"m_1","text":"new","num_edits":2}`: connectors.InEdited,
		`"delivery":{"watermark":1458692752478}`: connectors.InStatus, `"read":{"watermark":1458692752478}`: connectors.InStatus, `"referral":{"ref":"x"}`: connectors.InAutomatic,
	} {
		got, err := w.parse(connector, messenger, w.items(messenger, "messaging", "{"+from+what+"}"))
		require.NoError(t, err, what)
		require.Len(t, got, 1, what)
		require.Equal(t, kind, got[0].Type, what)
		if kind == connectors.InAutomatic {
			require.Equal(t, "x", got[0].Code, "they came by a link")
		}
		if kind == connectors.InStatus {
			require.Equal(t, time.UnixMilli(1458692752478).UTC(), got[0].Status.Until)
		}
	}
	quiet := []string{`{` + from + `"optin":{"ref":"x"}}`, `{` + from + `"pass_thread_control":{"new_owner_app_id":"1"}}`, `{` + from + `"read":{}}`, `{"message":{"mid":"m"}}`}
	got, err := w.parse(connector, messenger, w.items(messenger, "messaging", quiet...))
	require.NoError(t, err)
	require.Empty(t, got)
	got, err = w.parse(connector, messenger, w.items(messenger, "changes", `{"field":"feed","value":{"item":"comment"}}`))
	require.NoError(t, err)
	require.Empty(t, got)
}

// What another app talks about is shown where we talk with the customer, and starts nothing here.
func TestThreadsOfOtherAppsStartNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got, err := w.parse(meta.NewMessenger(w.deps), messenger, w.items(messenger, "standby", `{`+from+`"message":{"mid":"m_1","text":"hi"}}`, `{`+from+`"postback":{"title":"Yes"}}`))
	require.NoError(t, err)
	require.Len(t, got, 2)
	for _, in := range got {
		require.Equal(t, connectors.InAutomatic, in.Type)
	}
}

// What we sent comes back and tells that it was sent, also if its answer was lost. What colleagues wrote in Meta's inbox is shown.
func TestEchoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connector := meta.NewMessenger(w.deps)
	w.Meet(messenger, "7001", "Ana")
	w.Misbehave(fake.Fault{Drop: "after"})
	_, err := connector.Send(t.Context(), messenger, connectors.Outgoing{ID: "0198-our-id", Address: "7001", Message: conversation.Message{Text: "hi"}})
	var e *connectors.SendError
	require.ErrorAs(t, err, &e)
	require.Equal(t, connectors.CodeAmbiguous, e.Code)
	batch, err := connector.Parse(t.Context(), messenger, connectors.Caller{}, w.Callbacks()[0])
	require.NoError(t, err)
	require.Equal(t, connectors.InStatus, batch.Events[0].Type)
	require.Equal(t, connectors.StatusUpdate{MessageID: "0198-our-id", ProviderID: w.Sent("7001")[0].ID, Status: conversation.StatusSent}, batch.Events[0].Status)

	echo := func(message map[string]any) []connectors.Inbound {
		batch, err := connector.Parse(t.Context(), messenger, connectors.Caller{}, w.Request(messenger, w.Echo(messenger, "7001", message)))
		require.NoError(t, err)
		return batch.Events
	}
	for _, metadata := range []string{"", "their-own", "seax"} {
		got := echo(map[string]any{"mid": "m_9", "text": "written elsewhere", "metadata": metadata})
		require.Len(t, got, 1)
		require.Equal(t, connectors.InEcho, got[0].Type)
		require.Equal(t, [2]string{"7001", "written elsewhere"}, [2]string{got[0].Address, got[0].Message.Text})
	}
	require.Empty(t, echo(map[string]any{"mid": "m_9", "is_deleted": true}))
}

// Behind the day customers are answered by persons only, and only where Meta has allowed it.
func TestPersonsMayAnswerForAWeek(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connector := meta.NewMessenger(w.deps)
	require.Zero(t, connector.Capabilities(messenger).PersonWindow)
	allowed := messenger
	allowed.Settings = map[string]string{"page_id": messenger.Settings["page_id"], "human_agent": "true"}
	require.Equal(t, 7*24*time.Hour, connector.Capabilities(allowed).PersonWindow)
	w.Meet(messenger, "7001", "Ana")
	send := func(behind bool) (string, connectors.ErrorCode) {
		receipt, err := connector.Send(t.Context(), messenger, connectors.Outgoing{ID: "id", Address: "7001", Message: conversation.Message{Text: "hi"}, BehindWindow: behind})
		if err == nil {
			return w.Tag(receipt.ProviderID), ""
		}
		var e *connectors.SendError
		require.ErrorAs(t, err, &e)
		return "", e.Code
	}
	w.clock.Pass(25 * time.Hour)
	_, code := send(false)
	require.Equal(t, connectors.CodeWindowClosed, code)
	tag, code := send(true)
	require.Empty(t, code)
	require.Equal(t, "HUMAN_AGENT", tag)
	w.clock.Pass(6 * 24 * time.Hour)
	_, code = send(true)
	require.Equal(t, connectors.CodeWindowClosed, code)
}

func TestWhoCustomersAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Meet(messenger, "7001", "Ana Lopez")
	w.Meet(messenger, "7002", "")
	connector := meta.NewMessenger(w.deps)
	for id, name := range map[string]string{"7001": "Ana Lopez", "7002": "", "7003": ""} {
		profile, err := connector.LookUp(t.Context(), messenger, id)
		require.NoError(t, err, "that Meta does not tell is normal")
		require.Equal(t, name, profile.Name)
	}
	w.Misbehave(fake.Fault{Status: 503})
	_, err := connector.LookUp(t.Context(), messenger, "7001")
	require.Error(t, err)
}

func TestReactionsCourtesiesAndStories(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connector := meta.NewInstagram(w.deps)
	w.Meet(instagram, "7001", "Ana")
	target := connectors.Target{Address: "7001", ProviderID: "aWdf1"}
	for emoji, want := range map[string]string{"❤️": "love", "👍": "👍", "": ""} {
		require.NoError(t, connector.React(t.Context(), instagram, target, emoji))
		require.Equal(t, want, w.Reaction("aWdf1"))
	}
	require.NoError(t, connector.Typing(t.Context(), instagram, connectors.Customer{Address: "7001"}, ""))
	require.True(t, w.Typing("7001"))
	require.NoError(t, connector.MarkRead(t.Context(), instagram, connectors.Customer{Address: "7001"}))
	require.True(t, w.Read("7001"))

	const igFrom = `"sender":{"id":"7001"},"recipient":{"id":"17841405822304914"},"timestamp":1458692752478,`
	parse := func(list, what string) connectors.Inbound {
		got, err := w.parse(connector, instagram, w.items(instagram, list, what))
		require.NoError(t, err)
		require.Len(t, got, 1)
		return got[0]
	}
	story := parse("messaging", `{`+igFrom+`"message":{"mid":"a1","text":"nice","reply_to":{"story":{"id":"s1","url":"https://lookaside.fbsbx.com/s1"}}}}`)
	require.Equal(t, map[string]string{"story_id": "s1", "story_url": "https://lookaside.fbsbx.com/s1"}, story.Message.Referral)
	mention := parse("messaging", `{`+igFrom+`"message":{"mid":"a2","attachments":[{"type":"story_mention","payload":{"url":"https://lookaside.fbsbx.com/s2"}}]}}`)
	require.Len(t, mention.Files, 1)
	require.Equal(t, "❤️", parse("messaging", `{`+igFrom+`"message":{"mid":"a3","attachments":[{"type":"like_heart"}]}}`).Message.Text)
	require.Equal(t, "ephemeral", parse("messaging", `{`+igFrom+`"message":{"mid":"a4","attachments":[{"type":"ephemeral"}]}}`).Message.Unsupported.Type)
	require.Equal(t, "https://instagram.com/p/1", parse("messaging", `{`+igFrom+`"message":{"mid":"a5","attachments":[{"type":"share","payload":{"url":"https://instagram.com/p/1"}}]}}`).Message.Text)
	seen := parse("messaging", `{`+igFrom+`"read":{"mid":"a0"}}`)
	require.Equal(t, connectors.StatusUpdate{ProviderID: "a0", Through: true, Status: conversation.StatusRead}, seen.Status)
	require.Equal(t, "hi", parse("changes", `{"field":"messages","value":{`+igFrom+`"message":{"mid":"a6","text":"hi"}}}`).Message.Text, "the dashboard's test")

	// An account that is linked to a page may be told of in the page's words.
	got, err := w.parse(connector, instagram, `{"object":"page","entry":[{"id":"17841405822304914","messaging":[{`+igFrom+`"message":{"mid":"a7","text":"hi"}}]}]}`)
	require.NoError(t, err)
	require.Equal(t, connector.Key(instagram), got[0].AccountKey)
}
