package api_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/auth"
)

func TestContinueOnAnotherChannel(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	ana, leo := s.person(auth.Agent, "support"), s.person(auth.Admin)
	id := s.owned(ana)
	route := "/conversations/" + id.String() + "/continuations"
	list := func() (ids []any) {
		var page struct {
			Items []map[string]any `json:"items"`
		}
		s.api(http.MethodGet, route, nil, as(ana)).ok(http.StatusOK).json(&page)
		for _, item := range page.Items {
			ids = append(ids, item["id"])
		}
		return ids
	}
	require.Empty(t, list(), "nowhere to go")
	s.api(http.MethodPost, route, map[string]any{"channel_id": "chat"}, as(ana)).refused(http.StatusBadRequest, "invalid")
	help := map[string]any{
		"id": "help", "kind": "webchat", "name": "Help", "flow": "assistant", "queue": "support", "enabled": true,
		"settings": map[string]any{"page": "https://shop.example/help?lang=ko#top"},
	}
	s.api(http.MethodPost, "/channels", help, as(leo)).ok(http.StatusCreated)
	require.Equal(t, []any{"help"}, list())
	made := s.api(http.MethodPost, route, map[string]any{"channel_id": "help"}, as(ana)).ok(http.StatusCreated)
	code := made.field("code").(string)
	require.Regexp(t, `^[0-9A-Z]{5}-[0-9A-Z]{5}$`, code)
	require.Regexp(t, `^https://shop\.example/help\?lang=ko#seax=.+`+code, made.field("url"))
	require.Contains(t, made.field("text"), made.field("url"))

	s.api(http.MethodPost, route, map[string]any{"channel_id": "nowhere"}, as(ana)).refused(http.StatusBadRequest, "invalid")
	s.api(http.MethodPost, "/conversations/"+uuid.NewString()+"/continuations", map[string]any{"channel_id": "help"}, as(ana)).refused(http.StatusNotFound, "not_found")
	s.api(http.MethodPost, route, map[string]any{"channel_id": "help"}, as(s.person(auth.Agent))).refused(http.StatusNotFound, "not_found")
	for _, wrong := range []string{"shop", "ftp://shop.example", "javascript:alert(1)", "https://"} {
		help["id"], help["settings"] = "other", map[string]any{"page": wrong}
		s.api(http.MethodPost, "/channels", help, as(leo)).refused(http.StatusBadRequest, "invalid")
	}
}
