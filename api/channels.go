package api

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"seax/api/spec"
	"seax/connectors"
	"seax/internal/directory"
	"seax/internal/health"
	"seax/internal/views"
)

// channels answers the accounts by which customers reach us.
type channels struct {
	deps Deps
}

func (h channels) ListChannels(ctx context.Context, _ spec.ListChannelsRequestObject) (spec.ListChannelsResponseObject, error) {
	all, err := h.deps.Directory.Channels(ctx)
	if err != nil {
		return nil, err
	}
	healths, err := health.Read(ctx, h.deps.Pool)
	if err != nil {
		return nil, err
	}
	out := spec.ListChannels200JSONResponse{Items: make([]spec.Channel, len(all)), Kinds: []spec.ChannelKind{}, Flows: h.deps.Directory.Flows()}
	for i, c := range all {
		out.Items[i] = h.show(c, healths[c.ID])
	}
	for _, kind := range h.deps.Registry.Kinds() {
		connector, _ := h.deps.Registry.Get(kind)
		out.Kinds = append(out.Kinds, kindOf(connector))
	}
	return out, nil
}

func kindOf(c connectors.Connector) spec.ChannelKind {
	d := c.Describe()
	_, listens := c.(connectors.Listener)
	_, checks := c.(connectors.Checker)
	k := spec.ChannelKind{
		Kind: d.Kind, Name: d.Name, Capabilities: views.Capabilities(d.Capabilities), Fields: make([]spec.SettingField, len(d.Fields)),
		Webhook: !listens && !d.Local, Checks: checks, Retired: optional(d.Retired),
	}
	for i, f := range d.Fields {
		k.Fields[i] = fieldOf(f)
	}
	return k
}

func fieldOf(f connectors.Field) spec.SettingField {
	out := spec.SettingField{
		Name: f.Name, Label: localText(f.Label), Type: spec.SettingFieldType(f.Type), Default: optional(f.Default), Placeholder: optional(f.Placeholder),
		Help: localHelp(f.Help),
	}
	if f.Required {
		out.Required = &f.Required
	}
	if f.Advanced {
		out.Advanced = &f.Advanced
	}
	if len(f.Choices) > 0 {
		choices := make([]choice, len(f.Choices))
		for i, c := range f.Choices {
			choices[i] = choice{Value: c.Value, Label: localText(c.Label)}
		}
		out.Choices = &choices
	}
	return out
}

// choice has the shape the API's generated type has in place.
type choice = struct {
	Label spec.LocalText `json:"label"`
	Value string         `json:"value"`
}

func localHelp(t map[string]string) *spec.LocalText {
	if len(t) == 0 {
		return nil
	}
	help := localText(t)
	return &help
}

func localText(t map[string]string) spec.LocalText {
	return spec.LocalText{En: t["en"], Ko: optional(t["ko"])}
}

// show puts a channel into the API's type, with what an admin pastes elsewhere and how it does.
func (h channels) show(c directory.Channel, state health.Health) spec.Channel {
	out := spec.Channel{
		Id: c.ID, Kind: c.Kind, Name: c.Name, Flow: c.Flow, Queue: c.Queue, Plan: c.Plan, Cost: c.Cost, Settings: c.Settings, Enabled: c.Enabled,
		Paused: c.Paused, Version: c.Version, WebhookUrl: connectors.Deps{PublicURL: h.deps.PublicURL}.WebhookURL(c.Account), Setup: []spec.SetupItem{},
		SecretsSet: slices.Sorted(maps.Keys(c.Secrets)), Health: healthOf(state),
	}
	if out.Settings == nil {
		out.Settings = map[string]string{}
	}
	if out.SecretsSet == nil {
		out.SecretsSet = []string{}
	}
	connector, _ := h.deps.Registry.Get(c.Kind)
	if e, ok := connector.(connectors.Embedder); ok {
		out.Snippet = optional(e.Snippet(c.Account, h.deps.PublicURL))
	}
	if v, ok := connector.(connectors.Vouched); ok {
		out.IdentitySecret = optional(v.IdentitySecret(c.Account))
	}
	if i, ok := connector.(connectors.Instructor); ok {
		for _, item := range i.Setup(c.Account) {
			out.Setup = append(out.Setup, spec.SetupItem{Label: localText(item.Label), Help: localHelp(item.Help), Value: item.Value})
		}
	}
	return out
}

func healthOf(s health.Health) spec.ChannelHealth {
	return spec.ChannelHealth{
		LastInboundAt: s.LastInboundAt, LastSentAt: s.LastSentAt, ConnectedAt: s.ConnectedAt, LastError: optional(s.ErrorWords), LastErrorCode: optional(s.ErrorCode),
		LastErrorAt: s.ErrorAt, OutageSince: s.OutageSince, Received: s.Received, Sent: s.Sent, Failed: s.Failed, Waiting: s.Waiting, Quarantined: s.Quarantined,
	}
}

func (h channels) CreateChannel(ctx context.Context, r spec.CreateChannelRequestObject) (spec.CreateChannelResponseObject, error) {
	c, err := h.deps.Directory.CreateChannel(ctx, *r.Body)
	return spec.CreateChannel201JSONResponse(h.show(c, health.Health{})), err
}

func (h channels) UpdateChannel(ctx context.Context, r spec.UpdateChannelRequestObject) (spec.UpdateChannelResponseObject, error) {
	c, err := h.deps.Directory.UpdateChannel(ctx, r.Slug, *r.Body)
	if err != nil {
		return nil, err
	}
	healths, err := health.Read(ctx, h.deps.Pool)
	return spec.UpdateChannel200JSONResponse(h.show(c, healths[c.ID])), err
}

// checkTimeout bounds one try of an account's settings.
const checkTimeout = 15 * time.Second

func (h channels) CheckChannel(ctx context.Context, r spec.CheckChannelRequestObject) (spec.CheckChannelResponseObject, error) {
	account, connector, err := h.deps.Directory.DraftOf(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	checker, ok := connector.(connectors.Checker)
	if !ok {
		return nil, invalid("kind", "Channels of this kind cannot be tried.")
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	found, err := checker.Check(ctx, account)
	var e *connectors.SendError
	switch {
	case err == nil:
		return spec.CheckChannel200JSONResponse{Ok: true, Words: found}, nil
	case errors.As(err, &e):
		h.deps.Logger.Info("a channel's settings were tried and do not work", "channel", account, "error", e)
		return spec.CheckChannel200JSONResponse{Words: e.Words, Code: optional(string(e.Code))}, nil
	default:
		return nil, err
	}
}

func (h channels) DeleteChannel(ctx context.Context, r spec.DeleteChannelRequestObject) (spec.DeleteChannelResponseObject, error) {
	return spec.DeleteChannel204Response{}, h.deps.Directory.DeleteChannel(ctx, r.Slug, r.Params.Version)
}
