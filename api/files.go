package api

import (
	"context"
	"errors"
	"io"
	"net/http"

	"seax/api/spec"
	"seax/connectors"
	"seax/internal/blob"
)

// files takes what agents attach.
type files struct {
	store    *blob.Store
	registry *connectors.Registry
}

// uploadLimit is the most an agent may upload in bytes; a channel may carry less, which is checked when it is sent.
const uploadLimit = 20 << 20

func (h files) UploadFile(ctx context.Context, r spec.UploadFileRequestObject) (spec.UploadFileResponseObject, error) {
	for {
		part, err := r.Body.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, invalid("file", "Send the file in the form field \"file\".")
		}
		if err != nil {
			return nil, problem(http.StatusBadRequest, "invalid", "The upload could not be read.")
		}
		if part.FormName() != "file" {
			continue
		}
		source := &source{Reader: part}
		a, err := h.store.Put(ctx, part.FileName(), uploaderOf(caller(ctx)), uploadLimit, blob.DefaultTypes, source)
		if err != nil && source.broken {
			return nil, problem(http.StatusBadRequest, "invalid", "The upload could not be read.")
		}
		if err != nil {
			return nil, err
		}
		a = h.store.Sign(a)
		return spec.UploadFile201JSONResponse{Id: a.ID, Name: a.Name, MediaType: a.MediaType, Size: a.Size, Url: optional(a.URL)}, nil
	}
}

// source tells a caller's broken upload from our own trouble in storing it.
type source struct {
	io.Reader
	broken bool
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.Reader.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		s.broken = true
	}
	return n, err
}
