package api

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"seax/api/spec"
	"seax/connectors"
	"seax/internal/conversation"
	"seax/internal/directory"
	"seax/internal/dispatch"
	"seax/internal/views"
)

// conversations answers what people read and do in conversations.
type conversations struct {
	log      *conversation.Log
	desk     *dispatch.Desk
	views    *views.Views
	files    Files
	courtesy Courtesy
	channels *directory.Directory
	registry *connectors.Registry
	// flows are those a conversation can be given back to.
	flows []string
}

// Files finds attachments.
type Files interface {
	Get(ctx context.Context, id uuid.UUID) (conversation.Attachment, error)
	Uploader(ctx context.Context, id uuid.UUID) (string, error)
	Sign(a conversation.Attachment) conversation.Attachment
}

// Courtesy shows customers that an agent types or has read; it is best effort.
type Courtesy interface {
	Typing(ctx context.Context, c conversation.Conversation, name string)
	Read(ctx context.Context, c conversation.Conversation)
}

// pageSize is the default number of rows of a page.
const pageSize = 50

func limitOf(l *spec.Limit) int {
	if l == nil {
		return pageSize
	}
	return *l
}

func value[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (h conversations) ListConversations(ctx context.Context, r spec.ListConversationsRequestObject) (spec.ListConversationsResponseObject, error) {
	me := caller(ctx)
	filter := views.Filter{
		View: r.Params.View, Me: me.ID, Queue: value(r.Params.Queue), Agent: value(r.Params.Agent), Contact: value(r.Params.Contact),
		SLA: value(r.Params.Sla), ByDue: value(r.Params.Sort) == spec.ListConversationsParamsSortDue,
		Query: value(r.Params.Q), Cursor: value(r.Params.Cursor), Limit: limitOf(r.Params.Limit),
	}
	if !me.Supervisor() {
		filter.Visible = me.ID
	}
	page, next, err := h.views.List(ctx, filter)
	if err != nil {
		return nil, err
	}
	return spec.ListConversations200JSONResponse{Items: notNil(page), NextCursor: optional(next)}, nil
}

func notNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// see refuses conversations the caller may not see; to them they do not exist.
func (h conversations) see(ctx context.Context, id uuid.UUID) error {
	me := caller(ctx)
	if me.Supervisor() {
		return nil
	}
	visible, err := h.views.Visible(ctx, me.ID, id)
	if err == nil && !visible {
		err = conversation.ErrNotFound
	}
	return err
}

func (h conversations) GetConversation(ctx context.Context, r spec.GetConversationRequestObject) (spec.GetConversationResponseObject, error) {
	if err := h.see(ctx, r.Id); err != nil {
		return nil, err
	}
	c, err := h.views.Conversation(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	referral, err := h.views.Referral(ctx, r.Id)
	if referral != nil {
		c.Referral = &referral
	}
	return spec.GetConversation200JSONResponse(c), err
}

func (h conversations) ListEvents(ctx context.Context, r spec.ListEventsRequestObject) (spec.ListEventsResponseObject, error) {
	if err := h.see(ctx, r.Id); err != nil {
		return nil, err
	}
	var events []spec.Event
	var more bool
	var err error
	switch {
	case r.Params.Before != nil:
		events, more, err = h.views.EventsBefore(ctx, r.Id, *r.Params.Before, limitOf(r.Params.Limit))
	case r.Params.After != nil:
		events, more, err = h.views.EventsAfter(ctx, r.Id, *r.Params.After, limitOf(r.Params.Limit))
	default:
		events, more, err = h.views.EventsBefore(ctx, r.Id, 1<<62, limitOf(r.Params.Limit))
	}
	if err != nil {
		return nil, err
	}
	return spec.ListEvents200JSONResponse{Items: notNil(events), More: more}, nil
}

func (h conversations) UpdateConversation(ctx context.Context, r spec.UpdateConversationRequestObject) (spec.UpdateConversationResponseObject, error) {
	me := caller(ctx)
	if err := h.see(ctx, r.Id); err != nil {
		return nil, err
	}
	if _, err := h.log.Change(ctx, r.Id, me.Person(), value(r.Body.Attributes), value(r.Body.Language)); err != nil {
		return nil, err
	}
	c, err := h.views.Conversation(ctx, r.Id)
	return spec.UpdateConversation200JSONResponse(c), err
}

func uploaderOf(p Principal) string { return "person:" + p.ID.String() }

func actor(p Principal) conversation.Actor {
	return conversation.Actor{Kind: conversation.ByAgent, ID: p.ID.String(), Name: p.Name}
}

func (h conversations) AddNote(ctx context.Context, r spec.AddNoteRequestObject) (spec.AddNoteResponseObject, error) {
	me := caller(ctx)
	if err := h.see(ctx, r.Id); err != nil {
		return nil, err
	}
	c, err := h.views.Conversation(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	whisper := me.Supervisor() && c.Agent != nil && c.Agent.Id != me.ID
	e, err := h.log.AddNote(ctx, r.Id, r.Body.Id, me.Person(), conversation.Note{Text: r.Body.Text, Whisper: whisper})
	if err != nil {
		return nil, err
	}
	return spec.AddNote200JSONResponse(h.views.Event(e)), nil
}

func (h conversations) MarkRead(ctx context.Context, r spec.MarkReadRequestObject) (spec.MarkReadResponseObject, error) {
	read, err := h.log.MarkRead(ctx, r.Id, caller(ctx).ID, r.Body.Seq)
	if err != nil {
		return nil, err
	}
	if read != nil {
		h.courtesy.Read(ctx, *read)
	}
	return spec.MarkRead204Response{}, nil
}

func (h conversations) Typing(ctx context.Context, r spec.TypingRequestObject) (spec.TypingResponseObject, error) {
	me := caller(ctx)
	c, err := h.log.Get(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	if !c.Speaks(me.ID) {
		return nil, conversation.ErrNotOwner
	}
	h.courtesy.Typing(ctx, c, me.Name)
	return spec.Typing204Response{}, nil
}

// act does something to a conversation and reads how it stands then.
func (h conversations) act(ctx context.Context, id uuid.UUID, do func(me dispatch.Caller) error) (spec.Conversation, error) {
	me := caller(ctx)
	if err := h.see(ctx, id); err != nil {
		return spec.Conversation{}, err
	}
	if err := do(dispatch.Caller{Person: me.Person(), Supervisor: me.Supervisor()}); err != nil {
		return spec.Conversation{}, err
	}
	return h.views.Conversation(ctx, id)
}

func (h conversations) TransferConversation(ctx context.Context, r spec.TransferConversationRequestObject) (spec.TransferConversationResponseObject, error) {
	to := dispatch.Transfer{
		Queue: value(r.Body.Queue), Agent: value(r.Body.AgentId), Flow: value(r.Body.Flow), Note: value(r.Body.Note), LetGo: value(r.Body.LetGo), Warm: value(r.Body.Warm),
	}
	named := 0
	for _, is := range []bool{to.Queue != "", to.Agent != uuid.Nil, to.Flow != ""} {
		if is {
			named++
		}
	}
	switch {
	case named != 1:
		return nil, invalid("queue", "Name a queue, an agent or a flow to hand over to: one of them.")
	case to.Warm && (to.LetGo || to.Flow != ""):
		return nil, invalid("warm", "Who asks somebody to join stays, and a flow cannot join.")
	case to.Flow != "" && !slices.Contains(h.flows, to.Flow):
		return nil, invalid("flow", "There is no flow %q.", to.Flow)
	}
	c, err := h.act(ctx, r.Id, func(me dispatch.Caller) error {
		_, err := h.desk.Transfer(ctx, r.Id, me, to)
		return err
	})
	return spec.TransferConversation200JSONResponse(c), err
}

func (h conversations) CancelTransfer(ctx context.Context, r spec.CancelTransferRequestObject) (spec.CancelTransferResponseObject, error) {
	c, err := h.act(ctx, r.Id, func(me dispatch.Caller) error {
		_, err := h.desk.CancelTransfer(ctx, r.Id, me)
		return err
	})
	return spec.CancelTransfer200JSONResponse(c), err
}

func (h conversations) PassConversation(ctx context.Context, r spec.PassConversationRequestObject) (spec.PassConversationResponseObject, error) {
	c, err := h.act(ctx, r.Id, func(me dispatch.Caller) error {
		_, err := h.desk.Pass(ctx, r.Id, me, r.Body.AgentId)
		return err
	})
	return spec.PassConversation200JSONResponse(c), err
}

func (h conversations) LeaveConversation(ctx context.Context, r spec.LeaveConversationRequestObject) (spec.LeaveConversationResponseObject, error) {
	c, err := h.act(ctx, r.Id, func(me dispatch.Caller) error {
		_, err := h.desk.Leave(ctx, r.Id, me.Person)
		return err
	})
	return spec.LeaveConversation200JSONResponse(c), err
}

func (h conversations) ParkConversation(ctx context.Context, r spec.ParkConversationRequestObject) (spec.ParkConversationResponseObject, error) {
	c, err := h.act(ctx, r.Id, func(me dispatch.Caller) error {
		_, err := h.desk.Park(ctx, r.Id, me, r.Body.Until, value(r.Body.Note))
		return err
	})
	return spec.ParkConversation200JSONResponse(c), err
}

func (h conversations) ResumeConversation(ctx context.Context, r spec.ResumeConversationRequestObject) (spec.ResumeConversationResponseObject, error) {
	c, err := h.act(ctx, r.Id, func(me dispatch.Caller) error {
		_, err := h.desk.Resume(ctx, r.Id, actor(caller(ctx)), "agent")
		return err
	})
	return spec.ResumeConversation200JSONResponse(c), err
}

func (h conversations) WrapUp(ctx context.Context, r spec.WrapUpRequestObject) (spec.WrapUpResponseObject, error) {
	c, err := h.act(ctx, r.Id, func(me dispatch.Caller) error {
		_, err := h.desk.WrapUp(ctx, r.Id, me)
		return err
	})
	return spec.WrapUp200JSONResponse(c), err
}

func (h conversations) ExtendWrapUp(ctx context.Context, r spec.ExtendWrapUpRequestObject) (spec.ExtendWrapUpResponseObject, error) {
	c, err := h.act(ctx, r.Id, func(me dispatch.Caller) error {
		_, err := h.desk.ExtendWrapUp(ctx, r.Id, me)
		return err
	})
	return spec.ExtendWrapUp200JSONResponse(c), err
}

func (h conversations) CloseConversation(ctx context.Context, r spec.CloseConversationRequestObject) (spec.CloseConversationResponseObject, error) {
	c, err := h.act(ctx, r.Id, func(me dispatch.Caller) error {
		_, err := h.desk.Complete(ctx, r.Id, me, dispatch.WrapUpResult{Outcome: value(r.Body.Outcome), Note: value(r.Body.Note)})
		return err
	})
	return spec.CloseConversation200JSONResponse(c), err
}

func (h conversations) TakeOver(ctx context.Context, r spec.TakeOverRequestObject) (spec.TakeOverResponseObject, error) {
	c, err := h.act(ctx, r.Id, func(me dispatch.Caller) error {
		_, err := h.desk.TakeOver(ctx, r.Id, me.Person, value(r.Params.Reason))
		return err
	})
	return spec.TakeOver200JSONResponse(c), err
}

func (h conversations) AssignConversation(ctx context.Context, r spec.AssignConversationRequestObject) (spec.AssignConversationResponseObject, error) {
	c, err := h.act(ctx, r.Id, func(me dispatch.Caller) error {
		_, err := h.desk.Assign(ctx, r.Id, me, r.Body.AgentId, value(r.Body.Reason))
		return err
	})
	return spec.AssignConversation200JSONResponse(c), err
}

func (h conversations) ReprioritiseConversation(ctx context.Context, r spec.ReprioritiseConversationRequestObject) (spec.ReprioritiseConversationResponseObject, error) {
	c, err := h.act(ctx, r.Id, func(me dispatch.Caller) error {
		_, err := h.desk.Reprioritise(ctx, r.Id, me.Person, r.Body.Priority, r.Body.Reason)
		return err
	})
	return spec.ReprioritiseConversation200JSONResponse(c), err
}

func (h conversations) ForceWrapUp(ctx context.Context, r spec.ForceWrapUpRequestObject) (spec.ForceWrapUpResponseObject, error) {
	c, err := h.act(ctx, r.Id, func(me dispatch.Caller) error {
		_, err := h.desk.ForceWrapUp(ctx, r.Id, me, r.Body.Reason)
		return err
	})
	return spec.ForceWrapUp200JSONResponse(c), err
}

func (h conversations) ExplainConversation(ctx context.Context, r spec.ExplainConversationRequestObject) (spec.ExplainConversationResponseObject, error) {
	if err := h.see(ctx, r.Id); err != nil {
		return nil, err
	}
	x, err := h.desk.Explain(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	return spec.ExplainConversation200JSONResponse(views.Explanation(x)), nil
}
