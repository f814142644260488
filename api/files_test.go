package api_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/auth"
)

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))))
	return b.Bytes()
}

// dangerous are files that must not get in, whatever they are called.
func dangerous(t *testing.T) map[string]struct {
	name    string
	content []byte
} {
	t.Helper()
	page := []byte("<!DOCTYPE html><html><script>alert(1)</script></html>")
	type file = struct {
		name    string
		content []byte
	}
	return map[string]file{
		"a web page":                        {"page.html", page},
		"a web page named like a picture":   {"page.png", page},
		"a web page named like text":        {"page.txt", page},
		"a web page behind a picture":       {"both.png", append(picture(t), page...)},
		"an SVG":                            {"logo.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)},
		"an SVG named like a picture":       {"logo.png", []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`)},
		"a Linux program":                   {"tool", append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 100)...)},
		"a Windows program":                 {"photo.jpg", append([]byte("MZ\x90\x00"), make([]byte, 100)...)},
		"a script":                          {"run.txt", []byte("#!/bin/sh\nrm -rf /\n")},
		"a picture named like a program":    {"photo.exe", picture(t)},
		"nothing":                           {"empty.txt", nil},
		"what it is cannot be told":         {"data.bin", []byte{1, 2, 3, 0, 255, 254}},
		"a path that climbs, and a program": {"../../etc/cron.d/x.sh", []byte("#!/bin/sh\n")},
	}
}

func TestAgentsUploadAndAttachFiles(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent, other := s.person(auth.Agent, "support"), s.person(auth.Agent)
	id := s.owned(agent)
	body, media := form(t, "file", "../../<b>사진</b>.png", picture(t))
	made := s.api(http.MethodPost, "/files", body, as(agent), media).ok(http.StatusCreated)
	require.Equal(t, "image/png", made.field("media_type"))
	name, _ := made.field("name").(string)
	require.NotContains(t, name, "/")
	link, _ := made.field("url").(string)

	got := s.send(http.MethodGet, link, nil).ok(http.StatusOK)
	require.Equal(t, picture(t), got.Body)
	require.Equal(t, "image/png", got.Header.Get("Content-Type"))
	require.Contains(t, got.Header.Get("Content-Security-Policy"), "sandbox")
	require.Equal(t, "nosniff", got.Header.Get("X-Content-Type-Options"))
	s.send(http.MethodGet, strings.Replace(link, "/files/", "/files/0", 1), nil).ok(http.StatusNotFound)
	s.send(http.MethodDelete, link, nil).ok(http.StatusMethodNotAllowed)

	attach := func(by who) reply {
		return s.api(http.MethodPost, "/conversations/"+id.String()+"/messages", map[string]any{"id": uuid.NewString(), "attachments": []any{made.field("id")}}, as(by))
	}
	require.Contains(t, string(attach(agent).ok(http.StatusOK).Body), link)
	require.Contains(t, attach(other).refused(http.StatusBadRequest, "invalid").Fields, "attachments")
}

func TestUploadsThatMustNotGetIn(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent := s.person(auth.Agent)
	visitor := s.visitor()
	for name, file := range dangerous(t) {
		body, media := form(t, "file", file.name, file.content)
		require.Equal(t, http.StatusUnsupportedMediaType, s.api(http.MethodPost, "/files", body, as(agent), media).Status, name)
		s.api(http.MethodPost, "/files", body, as(agent), media).refused(http.StatusUnsupportedMediaType, "unsupported_file")
		s.clock.Pass(10e9)
		s.send(http.MethodPost, "/webchat/chat/files", body, bearer(visitor.token), media).refused(http.StatusUnsupportedMediaType, "unsupported_file")
	}
	body, media := form(t, "other", "a.txt", []byte("text"))
	s.api(http.MethodPost, "/files", body, as(agent), media).refused(http.StatusBadRequest, "invalid")
	require.Zero(t, s.count(`select count(*) from files`))
}

func TestUploadsThatAreTooLarge(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent := s.person(auth.Agent)
	visitor := s.visitor()
	upload := func(size int) ([]byte, option) { return form(t, "file", "a.txt", bytes.Repeat([]byte("a"), size)) }
	body, media := upload(20<<20 + 1)
	s.api(http.MethodPost, "/files", body, as(agent), media).refused(http.StatusRequestEntityTooLarge, "too_large")
	body, media = upload(10<<20 + 1)
	s.send(http.MethodPost, "/webchat/chat/files", body, bearer(visitor.token), media).refused(http.StatusRequestEntityTooLarge, "too_large")
	s.api(http.MethodPost, "/files", body, as(agent), media).ok(http.StatusCreated)
}
