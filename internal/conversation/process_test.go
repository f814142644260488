package conversation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
)

func saying(kind conversation.Kind, epoch int) conversation.Saying {
	return conversation.Saying{ID: conversation.NewID(), Kind: kind, Message: conversation.Message{Text: "hello"}, Epoch: epoch}
}

func TestWhoMaySpeakInWhichPhase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owned, _ := w.owned()
	for _, c := range []struct {
		phase       conversation.Phase
		bot, system bool
	}{
		{conversation.InFlow, true, true},
		{conversation.InQueue, false, true},
		{conversation.InOffer, false, true},
		{conversation.WithAgent, false, false},
		{conversation.OnHold, false, false},
		{conversation.InWrapUp, false, false},
	} {
		w.Exec(`update conversations set phase = $2, epoch = 4 where id = $1`, owned, c.phase)
		for kind, may := range map[conversation.Kind]bool{conversation.BotMessage: c.bot, conversation.SystemMessage: c.system} {
			_, dropped, err := w.Log.Say(t.Context(), owned, saying(kind, 4))
			require.NoError(t, err)
			require.Equal(t, !may, dropped, "%s in %s", kind, c.phase)
			_, dropped, err = w.Log.Say(t.Context(), owned, saying(kind, 3))
			require.NoError(t, err)
			require.True(t, dropped, "made in an earlier epoch")
		}
	}
	w.requireChained(owned)
}

func TestSayingAgainIsTheSameMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.Conversation()
	s := saying(conversation.BotMessage, 0)
	first, dropped, err := w.Log.Say(t.Context(), id, s)
	require.NoError(t, err)
	require.False(t, dropped)
	_, err = w.Desk.TakeOver(t.Context(), id, w.Agent("Ana", 100, nil), "")
	require.NoError(t, err)
	again, dropped, err := w.Log.Say(t.Context(), id, s)
	require.NoError(t, err)
	require.False(t, dropped, "it was said before the person came")
	require.Equal(t, first, again)
}

func TestRecordingAgainNotesNothingNew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.Conversation()
	record := conversation.Record{
		Attributes: map[string]string{"order": "17"}, Language: "ko", Attention: "flow_failed", Flow: "frontdesk",
	}
	require.NoError(t, w.Log.Record(t.Context(), id, record))
	kinds := w.Kinds(id)
	require.Equal(t, []conversation.Kind{conversation.Updated, conversation.Attention, conversation.FlowStep}, kinds)
	require.NoError(t, w.Log.Record(t.Context(), id, record))
	require.Equal(t, kinds, w.Kinds(id))
	require.NoError(t, w.Log.Record(t.Context(), id, conversation.Record{Rating: &conversation.Rating{Score: 4, Of: 5}, Step: &conversation.Step{Step: "ask"}}))
	c := w.get(id)
	require.Equal(t, 4, *c.Rating)
	require.Equal(t, "frontdesk", c.Flow)
	require.Equal(t, "flow_failed", c.Attention)
	var step conversation.Step
	require.NoError(t, w.events(id)[3].Decode(&step))
	require.Equal(t, conversation.Step{Flow: "frontdesk", Step: "ask"}, step)
}

func TestClosing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.Conversation()
	input, err := w.append(id, said("hello"))
	require.NoError(t, err)
	closed, newer, err := w.Log.Close(t.Context(), id, 0, "finished")
	require.NoError(t, err)
	require.False(t, closed, "there is an unread message")
	require.Len(t, newer, 1)
	w.Exec(`update conversations set phase = 'queued' where id = $1`, id)
	closed, newer, err = w.Log.Close(t.Context(), id, input.Seq, "finished")
	require.NoError(t, err)
	require.False(t, closed, "it waits for a person")
	require.Empty(t, newer)
	w.Exec(`update conversations set phase = 'flow' where id = $1`, id)
	for range 2 {
		closed, _, err = w.Log.Close(t.Context(), id, input.Seq, "finished")
		require.NoError(t, err)
		require.True(t, closed)
	}
	require.Equal(t, []conversation.Kind{conversation.CustomerMessage, conversation.Closed}, w.Kinds(id))
	c := w.get(id)
	require.Equal(t, conversation.Done, c.Phase)
	require.Zero(t, c.Unread)
	_, open := w.Log.OpenAt(t.Context(), "chat", id.String())
	require.False(t, open)
	_, dropped, err := w.Log.Say(t.Context(), id, saying(conversation.SystemMessage, c.Epoch))
	require.NoError(t, err)
	require.True(t, dropped)
}
