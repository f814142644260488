package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"seax/api/spec"
	"seax/connectors"
	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/views"
)

// StartConversation writes to a customer first. The provider is asked for the address before anything is logged; that may be repeated.
func (h conversations) StartConversation(ctx context.Context, r spec.StartConversationRequestObject) (spec.StartConversationResponseObject, error) {
	me, in := caller(ctx), r.Body
	to, err := h.line(ctx, "channel_id", in.ChannelId)
	if err != nil {
		return nil, err
	}
	starter, ok := to.connector.(connectors.Starter)
	if !ok || !to.can.CanStart {
		return nil, invalid("channel_id", "On this channel the customer has to write first.")
	}
	if in.Message.ReplyTo != nil {
		return nil, invalid("reply_to", "A conversation that begins has nothing to answer.")
	}
	message, err := h.written(ctx, me, to, in.Message)
	if err != nil {
		return nil, err
	}
	address, err := addressOf(ctx, starter, to, in.To)
	if err != nil {
		return nil, err
	}
	if err := h.first(ctx, to, address, message); err != nil {
		return nil, err
	}
	_, err = h.desk.Start(ctx, me.Person(), dispatch.Start{
		ID: in.Id, Channel: to.ID, Kind: to.Kind, Flow: to.Flow, Address: address, Contact: value(in.ContactId), MessageID: in.Message.Id, Message: message,
	})
	if err != nil {
		return nil, err
	}
	c, err := h.views.Conversation(ctx, in.Id)
	return spec.StartConversation201JSONResponse(c), err
}

// first says why a channel would not send this as the first message to an address. Their last message may be from an earlier conversation.
func (h conversations) first(ctx context.Context, to line, address string, m conversation.Message) error {
	if m.Template != nil || to.can.ReplyWindow == 0 && !to.can.StartByTemplate {
		return nil
	}
	last, err := h.views.LastInbound(ctx, to.ID, address)
	if err != nil {
		return err
	}
	if last == nil && to.can.Templates {
		return problem(http.StatusConflict, "window_closed", "On this channel the first message is a template. Choose one.")
	}
	return refusal(false, views.ReplyUntil(to.can, last, time.Now()), to.can, m)
}

// addressOf asks the provider for the address of somebody on a channel.
func addressOf(ctx context.Context, starter connectors.Starter, to line, who string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, providerTimeout)
	defer cancel()
	address, err := starter.Start(ctx, to.Account, strings.TrimSpace(who))
	return address, refusedBy(err, "to")
}
