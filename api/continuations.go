package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"seax/api/spec"
	"seax/connectors"
	"seax/internal/continuation"
	"seax/internal/conversation"
	"seax/internal/directory"
)

// continuations answers how a customer goes on with a conversation on another channel.
type continuations struct {
	log           *conversation.Log
	directory     *directory.Directory
	registry      *connectors.Registry
	conversations *conversations
}

// linker finds how customers are sent to an account; nil: they cannot be.
func (h continuations) linker(c directory.Channel) connectors.Linker {
	connector, _ := h.registry.Get(c.Kind)
	l, ok := connector.(connectors.Linker)
	if !ok || !c.Enabled || c.Paused || l.Link(c.Account, "0", "0") == "" {
		return nil
	}
	return l
}

func (h continuations) ListContinuations(ctx context.Context, r spec.ListContinuationsRequestObject) (spec.ListContinuationsResponseObject, error) {
	if err := h.conversations.see(ctx, r.Id); err != nil {
		return nil, err
	}
	c, err := h.log.Get(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	all, err := h.directory.Channels(ctx)
	if err != nil {
		return nil, err
	}
	out := spec.ListContinuations200JSONResponse{Items: []spec.ChannelName{}}
	for _, channel := range all {
		if channel.ID != c.ChannelID && h.linker(channel) != nil {
			out.Items = append(out.Items, spec.ChannelName{Id: channel.ID, Kind: channel.Kind, Name: channel.Name})
		}
	}
	return out, nil
}

// What customers are told, by language; %s is the name of the channel, the link, or the code.
var (
	goOn = map[string]string{
		"en": "You can continue our conversation on %s: %s",
		"ko": "%s에서 대화를 이어가실 수 있습니다: %s",
	}
	firstWords = map[string]string{
		"en": "I would like to continue our conversation. (%s)",
		"ko": "대화를 이어가고 싶습니다. (%s)",
	}
)

func (h continuations) ContinueConversation(ctx context.Context, r spec.ContinueConversationRequestObject) (spec.ContinueConversationResponseObject, error) {
	if err := h.conversations.see(ctx, r.Id); err != nil {
		return nil, err
	}
	c, err := h.log.Get(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	channel, err := h.directory.Channel(ctx, r.Body.ChannelId)
	if errors.Is(err, connectors.ErrNoAccount) {
		return nil, invalid("channel_id", "There is no channel %q.", r.Body.ChannelId)
	}
	if err != nil {
		return nil, err
	}
	linker := h.linker(channel)
	if linker == nil {
		return nil, invalid("channel_id", "Customers cannot be sent to this channel by a link: its settings do not say where it is, or it is switched off.")
	}
	connector, _ := h.registry.Get(channel.Kind)
	me := caller(ctx)
	made, err := continuation.Offer(ctx, h.log, r.Id, channel.Account, connector.Describe().Local, me.Person())
	switch {
	case errors.Is(err, continuation.ErrSame):
		return nil, invalid("channel_id", "The conversation is on this channel already.")
	case errors.Is(err, continuation.ErrOver):
		return nil, problem(http.StatusConflict, "over", "The conversation is over; start a new one on the other channel.")
	case err != nil:
		return nil, err
	}
	language := "en"
	if _, known := goOn[c.Language]; known {
		language = c.Language
	}
	url := linker.Link(channel.Account, made.Code, fmt.Sprintf(firstWords[language], made.Code))
	return spec.ContinueConversation201JSONResponse{
		Code: made.Code, Url: url, Text: fmt.Sprintf(goOn[language], channel.Name, url), ExpiresAt: made.ExpiresAt,
	}, nil
}
