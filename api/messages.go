package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"seax/api/spec"
	"seax/connectors"
	"seax/internal/blob"
	"seax/internal/conversation"
	"seax/internal/directory"
	"seax/internal/views"
)

// line is a channel and what it can do.
type line struct {
	directory.Channel
	connector connectors.Connector
	can       connectors.Capabilities
}

// line finds an enabled channel. field is where the caller has named it.
func (h conversations) line(ctx context.Context, field, id string) (line, error) {
	channel, err := h.channels.Channel(ctx, id)
	if errors.Is(err, connectors.ErrNoAccount) {
		return line{}, invalid(field, "There is no channel %q, or it is switched off.", id)
	}
	if err != nil {
		return line{}, err
	}
	connector, ok := h.registry.Get(channel.Kind)
	if !ok {
		return line{}, invalid(field, "This server has no channels of kind %q.", channel.Kind)
	}
	return line{channel, connector, connectors.CapabilitiesOf(connector, channel.Account)}, nil
}

func (h conversations) SendMessage(ctx context.Context, r spec.SendMessageRequestObject) (spec.SendMessageResponseObject, error) {
	me := caller(ctx)
	c, err := h.views.Conversation(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	to, err := h.line(ctx, "channel", c.Channel.Id)
	if err != nil {
		return nil, problem(http.StatusConflict, "conflict", "The channel %s is switched off; nothing can be sent on it.", c.Channel.Name)
	}
	message, err := h.written(ctx, me, to, *r.Body)
	if err != nil {
		return nil, err
	}
	// Whether they may is for the log to say, which knows who they are.
	if mine := c.Agent != nil && c.Agent.Id == me.ID; mine {
		if err := refusal(value(c.OptedOut), c.ReplyUntil, to.can, message); err != nil {
			return nil, err
		}
	}
	if message.ReplyTo, err = h.answered(ctx, r.Id, to.can, value(r.Body.ReplyTo)); err != nil {
		return nil, err
	}
	e, err := h.log.Reply(ctx, r.Id, r.Body.Id, me.Person(), message)
	if err != nil {
		return nil, err
	}
	return spec.SendMessage200JSONResponse(h.views.Event(e)), nil
}

// answered makes sure that a message can be answered by name, if one is to be.
func (h conversations) answered(ctx context.Context, id uuid.UUID, can connectors.Capabilities, seq int64) (int64, error) {
	if seq == 0 {
		return 0, nil
	}
	if !can.Replies {
		return 0, invalid("reply_to", "On this channel no certain message can be answered. Write it without the quote.")
	}
	known, err := h.log.ProviderID(ctx, id, seq)
	if err == nil && known == "" {
		err = invalid("reply_to", "The message you answer was taken back, or was not sent on this channel. Write it without the quote.")
	}
	return seq, err
}

// refusal says why a channel would not send a message, before it is tried; until is when the reply window closes.
func refusal(optedOut bool, until *time.Time, can connectors.Capabilities, m conversation.Message) error {
	switch {
	case optedOut:
		return problem(http.StatusConflict, "opted_out", "The customer does not want to be written to on this channel.")
	case until == nil || time.Now().Before(*until) || m.Template != nil:
		return nil
	case can.Templates:
		return problem(http.StatusConflict, "window_closed", "The customer has not written for too long; this channel takes only a template now.")
	default:
		return problem(http.StatusConflict, "window_closed", "The customer has not written for too long; on this channel they have to write first.")
	}
}

// mostParts is how many messages a message may become.
const mostParts = 10

// written makes the message somebody has written, if the channel can carry it.
func (h conversations) written(ctx context.Context, me Principal, to line, in spec.NewMessage) (conversation.Message, error) {
	if in.Template != nil {
		return h.filled(ctx, to, *in.Template)
	}
	m := conversation.Message{Text: value(in.Text)}
	for _, id := range value(in.Attachments) {
		a, err := h.attachment(ctx, me, id)
		if err != nil {
			return m, err
		}
		switch limit := to.can.FileLimit(a.MediaType); {
		case limit == 0:
			return m, invalid("attachments", "%s cannot be sent on this channel: it takes no files of this kind.", a.Name)
		case a.Size > limit:
			return m, invalid("attachments", "%s is too large: this channel takes up to %d kB of such files.", a.Name, limit/1000)
		}
		m.Attachments = append(m.Attachments, a)
	}
	var err error
	if m.Options, err = choices(to.can, in.Id, value(in.Options)); err != nil {
		return m, err
	}
	blank := strings.TrimSpace(m.Text) == ""
	switch {
	case blank && len(m.Options) > 0:
		return m, invalid("text", "Write what the customer is to choose for.")
	case blank && len(m.Attachments) == 0:
		return m, invalid("text", "Write something, or attach a file.")
	}
	if n := len(connectors.Split(m, to.can)); n > mostParts {
		return m, invalid("text", "This would be sent as %d messages; the most is %d. Shorten it.", n, mostParts)
	}
	return m, nil
}

// choices are replies to choose from. Their ids are of this message only: what is tapped later still means the same.
func choices(can connectors.Capabilities, message uuid.UUID, labels []string) ([]conversation.Option, error) {
	if len(labels) > can.Options.Max {
		if can.Options.Max == 0 {
			return nil, invalid("options", "This channel has no replies to choose from.")
		}
		return nil, invalid("options", "This channel shows at most %d replies to choose from.", can.Options.Max)
	}
	var all []conversation.Option
	for i, label := range labels {
		label = strings.TrimSpace(label)
		switch {
		case label == "":
			return nil, invalid("options", "Every reply needs words.")
		case can.Options.MaxLabel > 0 && connectors.Length(label, can.TextUnit) > can.Options.MaxLabel:
			return nil, invalid("options", "The reply “%s” is too long: one has at most %d characters on this channel.", label, can.Options.MaxLabel)
		}
		all = append(all, conversation.Option{ID: fmt.Sprintf("%.8s-%d", message, i+1), Label: label})
	}
	return all, nil
}

// attachment finds a file the caller has uploaded.
func (h conversations) attachment(ctx context.Context, me Principal, id uuid.UUID) (conversation.Attachment, error) {
	uploader, err := h.files.Uploader(ctx, id)
	if err != nil && !errors.Is(err, blob.ErrNotFound) {
		return conversation.Attachment{}, err
	}
	if err != nil || uploader != uploaderOf(me) {
		return conversation.Attachment{}, invalid("attachments", "There is no file %s of yours; upload it first.", id)
	}
	return h.files.Get(ctx, id)
}

func (h conversations) PreviewMessage(ctx context.Context, r spec.PreviewMessageRequestObject) (spec.PreviewMessageResponseObject, error) {
	to, err := h.line(ctx, "channel_id", r.Body.ChannelId)
	if err != nil {
		return nil, err
	}
	m := conversation.Message{Text: value(r.Body.Text), Attachments: make([]conversation.Attachment, value(r.Body.Files))}
	for _, label := range value(r.Body.Options) {
		m.Options = append(m.Options, conversation.Option{Label: label})
	}
	out := spec.PreviewMessage200JSONResponse{}
	for _, part := range connectors.Split(m, to.can) {
		out.Parts = append(out.Parts, spec.MessagePart{
			Text: part.Text, Files: len(part.Attachments), Options: labelsOf(part.Options), Length: connectors.Length(part.Text, to.can.TextUnit),
		})
	}
	return out, nil
}

func labelsOf(options []conversation.Option) []string {
	labels := make([]string, len(options))
	for i, o := range options {
		labels[i] = o.Label
	}
	return labels
}

// providerTimeout bounds a call to a provider that somebody waits for.
const providerTimeout = 15 * time.Second

// templates asks a channel's provider for its templates.
func templates(ctx context.Context, to line) ([]connectors.Template, error) {
	templater, ok := to.connector.(connectors.Templater)
	if !ok || !to.can.Templates {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, providerTimeout)
	defer cancel()
	all, err := templater.Templates(ctx, to.Account)
	return all, refusedBy(err, "channel")
}

// refusedBy puts what a provider has refused into words. field is what it is refused for.
func refusedBy(err error, field string) error {
	var e *connectors.SendError
	switch {
	case !errors.As(err, &e):
		return err
	case e.Code == connectors.CodeRejected:
		return invalid(field, "%s", e.Words)
	case e.Code == connectors.CodeOptedOut:
		return problem(http.StatusConflict, "opted_out", "%s", e.Words)
	case e.Code == connectors.CodeUnreachable:
		return problem(http.StatusConflict, "unreachable", "%s", e.Words)
	case e.Permanent():
		return problem(http.StatusConflict, "conflict", "%s", e.Words)
	default:
		return problem(http.StatusServiceUnavailable, "unavailable", "The channel's provider does not answer right now. Try again in a moment.")
	}
}

func (h conversations) ListTemplates(ctx context.Context, r spec.ListTemplatesRequestObject) (spec.ListTemplatesResponseObject, error) {
	to, err := h.line(ctx, "channel", r.Params.Channel)
	if err != nil {
		return nil, err
	}
	all, err := templates(ctx, to)
	if err != nil {
		return nil, err
	}
	out := spec.ListTemplates200JSONResponse{Items: make([]spec.MessageTemplate, len(all))}
	for i, t := range all {
		out.Items[i] = spec.MessageTemplate{
			Id: t.ID, Name: t.Name, Language: t.Language, Category: optional(t.Category), Header: optional(t.Header), Body: t.Body, Footer: optional(t.Footer),
			Options: labelsOf(t.Options), Variables: make([]variable, len(t.Variables)),
		}
		for j, v := range t.Variables {
			out.Items[i].Variables[j] = variable{Name: v.Name, Example: optional(v.Example)}
		}
	}
	return out, nil
}

// variable has the shape the API's generated type has in place.
type variable = struct {
	Example *string `json:"example,omitempty"`
	Name    string  `json:"name"`
}

// filled makes a message of a template.
func (h conversations) filled(ctx context.Context, to line, in spec.TemplateFilled) (conversation.Message, error) {
	all, err := templates(ctx, to)
	if err != nil {
		return conversation.Message{}, err
	}
	for _, t := range all {
		if t.ID == in.Id && t.Language == in.Language {
			return fill(t, value(in.Variables))
		}
	}
	return conversation.Message{}, invalid("template", "The channel has no such template (any more). Choose another.")
}

var hole = regexp.MustCompile(`\{\{\s*([^{}]+?)\s*\}\}`)

func fill(t connectors.Template, variables map[string]string) (conversation.Message, error) {
	use := &conversation.TemplateUse{ID: t.ID, Name: t.Name, Language: t.Language}
	for _, v := range t.Variables {
		given := strings.TrimSpace(variables[v.Name])
		if given == "" {
			return conversation.Message{}, invalid("template", "The template's variable %s is empty.", v.Name)
		}
		if use.Variables == nil {
			use.Variables = map[string]string{}
		}
		use.Variables[v.Name] = given
	}
	var texts []string
	for _, text := range []string{t.Header, t.Body, t.Footer} {
		if text != "" {
			texts = append(texts, hole.ReplaceAllStringFunc(text, func(found string) string {
				if given, ok := use.Variables[hole.FindStringSubmatch(found)[1]]; ok {
					return given
				}
				return found
			}))
		}
	}
	return conversation.Message{Text: strings.Join(texts, "\n"), Options: t.Options, Template: use}, nil
}

func (h conversations) RetryMessage(ctx context.Context, r spec.RetryMessageRequestObject) (spec.RetryMessageResponseObject, error) {
	me := caller(ctx)
	if err := h.see(ctx, r.Id); err != nil {
		return nil, err
	}
	if _, err := h.log.RetryDelivery(ctx, r.Id, r.EventId, actor(me)); err != nil {
		return nil, err
	}
	c, err := h.views.Conversation(ctx, r.Id)
	return spec.RetryMessage200JSONResponse(c), err
}

func (h conversations) ConfirmMessage(ctx context.Context, r spec.ConfirmMessageRequestObject) (spec.ConfirmMessageResponseObject, error) {
	me := caller(ctx)
	if err := h.see(ctx, r.Id); err != nil {
		return nil, err
	}
	if _, err := h.log.ConfirmDelivery(ctx, r.Id, r.EventId, actor(me)); err != nil {
		return nil, err
	}
	c, err := h.views.Conversation(ctx, r.Id)
	return spec.ConfirmMessage200JSONResponse(c), err
}

// change has a message changed at the provider.
func (h conversations) change(ctx context.Context, id, event uuid.UUID, want conversation.ChangeRequest) (spec.Conversation, error) {
	me := caller(ctx)
	if err := h.see(ctx, id); err != nil {
		return spec.Conversation{}, err
	}
	c, err := h.log.Get(ctx, id)
	if err != nil {
		return spec.Conversation{}, err
	}
	if !c.Speaks(me.ID) {
		return spec.Conversation{}, conversation.ErrNotOwner
	}
	to, err := h.line(ctx, "channel", c.ChannelID)
	if err != nil {
		return spec.Conversation{}, err
	}
	if err := changeable(to, want); err != nil {
		return spec.Conversation{}, err
	}
	if _, err := h.log.RequestChange(ctx, id, event, me.Person(), me.Supervisor(), want); err != nil {
		return spec.Conversation{}, err
	}
	return h.views.Conversation(ctx, id)
}

// changeable says why a channel cannot do a change.
func changeable(to line, want conversation.ChangeRequest) error {
	var can bool
	switch want.What {
	case conversation.ToEdit:
		if _, can = to.connector.(connectors.Editor); !can || !to.can.Edits {
			return problem(http.StatusConflict, "unchangeable", "Messages that were sent cannot be changed on this channel.")
		}
		if limit := to.can.MaxText; limit > 0 && connectors.Length(want.Text, to.can.TextUnit) > limit {
			return invalid("text", "The text is longer than one message of this channel, which has %d.", limit)
		}
	case conversation.ToDelete:
		if _, can = to.connector.(connectors.Deleter); !can || !to.can.Deletes {
			return problem(http.StatusConflict, "unchangeable", "Messages that were sent cannot be taken back on this channel.")
		}
	default:
		if _, can = to.connector.(connectors.Reactor); !can || !to.can.Reactions {
			return problem(http.StatusConflict, "unchangeable", "This channel has no reactions.")
		}
	}
	return nil
}

func (h conversations) EditMessage(ctx context.Context, r spec.EditMessageRequestObject) (spec.EditMessageResponseObject, error) {
	if strings.TrimSpace(r.Body.Text) == "" {
		return nil, invalid("text", "Write something, or take the message back.")
	}
	c, err := h.change(ctx, r.Id, r.EventId, conversation.ChangeRequest{What: conversation.ToEdit, Text: r.Body.Text})
	return spec.EditMessage202JSONResponse(c), err
}

func (h conversations) DeleteMessage(ctx context.Context, r spec.DeleteMessageRequestObject) (spec.DeleteMessageResponseObject, error) {
	c, err := h.change(ctx, r.Id, r.EventId, conversation.ChangeRequest{What: conversation.ToDelete})
	return spec.DeleteMessage202JSONResponse(c), err
}

func (h conversations) ReactToMessage(ctx context.Context, r spec.ReactToMessageRequestObject) (spec.ReactToMessageResponseObject, error) {
	c, err := h.change(ctx, r.Id, r.EventId, conversation.ChangeRequest{What: conversation.ToReact, Emoji: strings.TrimSpace(r.Body.Emoji)})
	return spec.ReactToMessage202JSONResponse(c), err
}

func (h conversations) ListStarters(ctx context.Context, _ spec.ListStartersRequestObject) (spec.ListStartersResponseObject, error) {
	all, err := h.channels.Channels(ctx)
	if err != nil {
		return nil, err
	}
	outages, err := h.views.Outages(ctx)
	if err != nil {
		return nil, err
	}
	out := spec.ListStarters200JSONResponse{Items: []spec.Starter{}}
	for _, c := range all {
		connector, known := h.registry.Get(c.Kind)
		if !known || !c.Enabled {
			continue
		}
		can := connectors.CapabilitiesOf(connector, c.Account)
		if _, starts := connector.(connectors.Starter); !starts || !can.CanStart {
			continue
		}
		s := spec.Starter{
			Channel: spec.ChannelName{Id: c.ID, Kind: c.Kind, Name: c.Name}, Address: spec.StarterAddressKey, Capabilities: views.Capabilities(can), OutageSince: outages[c.ID],
		}
		if can.StartBy != connectors.ByKey {
			s.Address = spec.StarterAddress(can.StartBy)
		}
		if c.Paused {
			s.Paused = &c.Paused
		}
		out.Items = append(out.Items, s)
	}
	return out, nil
}
