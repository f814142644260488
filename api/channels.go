package api

import (
	"context"

	"seax/api/spec"
	"seax/connectors"
	"seax/internal/directory"
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
	out := spec.ListChannels200JSONResponse{Items: make([]spec.Channel, len(all)), Kinds: []spec.ChannelKind{}, Flows: h.deps.Directory.Flows()}
	for i, c := range all {
		out.Items[i] = h.show(c)
	}
	for _, kind := range h.deps.Registry.Kinds() {
		connector, _ := h.deps.Registry.Get(kind)
		out.Kinds = append(out.Kinds, kindOf(connector.Describe()))
	}
	return out, nil
}

func kindOf(d connectors.Description) spec.ChannelKind {
	k := spec.ChannelKind{Kind: d.Kind, Name: d.Name, Capabilities: views.Capabilities(d.Capabilities), Fields: make([]spec.SettingField, len(d.Fields))}
	for i, f := range d.Fields {
		k.Fields[i] = spec.SettingField{Name: f.Name, Label: localText(f.Label), Type: spec.SettingFieldType(f.Type), Default: optional(f.Default)}
		if len(f.Help) > 0 {
			help := localText(f.Help)
			k.Fields[i].Help = &help
		}
	}
	return k
}

func localText(t map[string]string) spec.LocalText {
	return spec.LocalText{En: t["en"], Ko: optional(t["ko"])}
}

// show puts a channel into the API's type, with what an admin pastes elsewhere.
func (h channels) show(c directory.Channel) spec.Channel {
	out := spec.Channel{
		Id: c.ID, Kind: c.Kind, Name: c.Name, Flow: c.Flow, Queue: c.Queue, Plan: c.Plan, Cost: c.Cost, Settings: c.Settings, Enabled: c.Enabled,
		LastInboundAt: c.LastInboundAt, Version: c.Version, WebhookUrl: h.deps.PublicURL + "/webhooks/" + c.Kind + "/" + c.ID,
	}
	if out.Settings == nil {
		out.Settings = map[string]string{}
	}
	connector, _ := h.deps.Registry.Get(c.Kind)
	if e, ok := connector.(connectors.Embedder); ok {
		out.Snippet = optional(e.Snippet(c.Account, h.deps.PublicURL))
	}
	if v, ok := connector.(connectors.Vouched); ok {
		out.IdentitySecret = optional(v.IdentitySecret(c.Account))
	}
	return out
}

func (h channels) CreateChannel(ctx context.Context, r spec.CreateChannelRequestObject) (spec.CreateChannelResponseObject, error) {
	c, err := h.deps.Directory.CreateChannel(ctx, *r.Body)
	return spec.CreateChannel201JSONResponse(h.show(c)), err
}

func (h channels) UpdateChannel(ctx context.Context, r spec.UpdateChannelRequestObject) (spec.UpdateChannelResponseObject, error) {
	c, err := h.deps.Directory.UpdateChannel(ctx, r.Slug, *r.Body)
	return spec.UpdateChannel200JSONResponse(h.show(c)), err
}

func (h channels) DeleteChannel(ctx context.Context, r spec.DeleteChannelRequestObject) (spec.DeleteChannelResponseObject, error) {
	return spec.DeleteChannel204Response{}, h.deps.Directory.DeleteChannel(ctx, r.Slug)
}
