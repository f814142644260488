package api

import (
	"bytes"
	"context"

	"seax/api/spec"
	"seax/internal/directory"
	"seax/internal/setup"
)

// routingFile answers routing as a file.
type routingFile struct{ directory *directory.Directory }

func (h routingFile) ExportRouting(ctx context.Context, r spec.ExportRoutingRequestObject) (spec.ExportRoutingResponseObject, error) {
	file, err := h.directory.ExportRouting(ctx, value(r.Params.Versions))
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := setup.Write(&text, file); err != nil {
		return nil, err
	}
	return spec.ExportRouting200ApplicationyamlResponse{
		Body: &text, ContentLength: int64(text.Len()),
		Headers: spec.ExportRouting200ResponseHeaders{ContentDisposition: `attachment; filename="routing.yaml"`},
	}, nil
}

func (h routingFile) ApplyRouting(ctx context.Context, r spec.ApplyRoutingRequestObject) (spec.ApplyRoutingResponseObject, error) {
	me := caller(ctx)
	difference, err := h.directory.ApplyRouting(ctx, setup.Read([]byte(r.Body.File)), directory.Application{
		By: me.ID, Name: me.Name, Reason: value(r.Body.Reason), Prune: value(r.Body.Prune), DryRun: value(r.Body.DryRun), Expect: value(r.Body.Expect),
	})
	return spec.ApplyRouting200JSONResponse(difference), err
}
