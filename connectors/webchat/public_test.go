package webchat_test

import (
	"bytes"
	"context"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/webchat"
	"seax/internal/conversation"
)

func TestSessionResumes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.session(map[string]any{"locale": "ko"})
	require.NoError(t, uuid.Validate(first.VisitorID))
	require.Equal(t, start.Add(24*time.Hour), first.ExpiresAt)
	require.Equal(t, "채팅 상담", first.Settings["title"])
	require.InDelta(t, 4000, first.Settings["max_text"], 0)
	require.Equal(t, "none", first.State.Phase)
	w.send(first.VisitorID, say(newID(), "Hello"))

	again := w.session(map[string]any{"token": first.Token, "locale": "en"})
	require.Equal(t, first.VisitorID, again.VisitorID)
	require.Equal(t, []string{"customer: Hello"}, texts(again))
	require.Equal(t, "Chat with us", again.Settings["title"])

	w.pass(24 * time.Hour)
	rec := w.call(http.MethodGet, "/chat/feed", again.Token, nil)
	require.Equal(t, http.StatusUnauthorized, rec.Code)
	require.Contains(t, rec.Body.String(), `"visitor_token_expired"`)
	require.Equal(t, first.VisitorID, w.session(map[string]any{"token": again.Token}).VisitorID, "renewed")
	w.pass(30 * 24 * time.Hour)
	require.NotEqual(t, first.VisitorID, w.session(map[string]any{"token": again.Token}).VisitorID, "too old")
	require.NotEqual(t, first.VisitorID, w.session(map[string]any{"token": "rubbish"}).VisitorID)
}

func sign(t *testing.T, method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(method, claims).SignedString(key)
	require.NoError(t, err)
	return token
}

func TestForgedTokens(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newID()
	key := webchat.VisitorKey(w.account)
	claims := func(change jwt.MapClaims) jwt.MapClaims {
		c := jwt.MapClaims{"sub": v, "aud": []string{"chat"}, "exp": start.Add(time.Hour).Unix()}
		for name, value := range change {
			if value == nil {
				delete(c, name)
				continue
			}
			c[name] = value
		}
		return c
	}
	other := w.account
	other.Secret = bytes.Repeat([]byte("o"), 32)
	for name, c := range map[string]struct {
		token string
		err   error
	}{
		"as it should be":      {sign(t, jwt.SigningMethodHS256, key, claims(nil)), nil},
		"expired":              {sign(t, jwt.SigningMethodHS256, key, claims(jwt.MapClaims{"exp": start.Unix()})), connectors.ErrExpired},
		"another algorithm":    {sign(t, jwt.SigningMethodHS512, key, claims(nil)), connectors.ErrUnauthenticated},
		"no algorithm":         {sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(nil)), connectors.ErrUnauthenticated},
		"the raw secret":       {sign(t, jwt.SigningMethodHS256, w.account.Secret, claims(nil)), connectors.ErrUnauthenticated},
		"the identity secret":  {sign(t, jwt.SigningMethodHS256, []byte(w.IdentitySecret(w.account)), claims(nil)), connectors.ErrUnauthenticated},
		"another channel":      {sign(t, jwt.SigningMethodHS256, key, claims(jwt.MapClaims{"aud": []string{"other"}})), connectors.ErrUnauthenticated},
		"two channels":         {sign(t, jwt.SigningMethodHS256, key, claims(jwt.MapClaims{"aud": []string{"chat", "other"}})), connectors.ErrUnauthenticated},
		"no channel":           {sign(t, jwt.SigningMethodHS256, key, claims(jwt.MapClaims{"aud": nil})), connectors.ErrUnauthenticated},
		"for ever":             {sign(t, jwt.SigningMethodHS256, key, claims(jwt.MapClaims{"exp": nil})), connectors.ErrUnauthenticated},
		"no visitor":           {sign(t, jwt.SigningMethodHS256, key, claims(jwt.MapClaims{"sub": "admin"})), connectors.ErrUnauthenticated},
		"another's secret":     {sign(t, jwt.SigningMethodHS256, webchat.VisitorKey(other), claims(nil)), connectors.ErrUnauthenticated},
		"no signature":         {strings.Join(strings.Split(sign(t, jwt.SigningMethodHS256, key, claims(nil)), ".")[:2], ".") + ".", connectors.ErrUnauthenticated},
		"expired and tampered": {sign(t, jwt.SigningMethodHS256, key, claims(jwt.MapClaims{"exp": start.Unix()}))[1:], connectors.ErrUnauthenticated},
	} {
		r := &connectors.Request{Method: http.MethodPost, Header: http.Header{"Authorization": {"Bearer " + c.token}}}
		_, err := w.Authenticate(t.Context(), w.account, r)
		require.ErrorIs(t, err, c.err, name)
		channel, err := w.Channel(t.Context(), w, c.token)
		if c.err != nil {
			require.ErrorIs(t, err, connectors.ErrUnauthenticated, name)
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, "visitor:chat:"+v, channel)
	}
}

func TestSignedIdentity(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := []byte(w.IdentitySecret(w.account))
	identity := func(sub string, key []byte, expires any) string {
		c := jwt.MapClaims{"sub": sub, "name": "Kim", "email": "kim@shop.example", "phone": "+821012345678"}
		if expires != nil {
			c["exp"] = expires
		}
		return sign(t, jwt.SigningMethodHS256, key, c)
	}
	soon := start.Add(time.Minute).Unix()
	for name, bad := range map[string]string{
		"rubbish": "x", "unsigned": sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, jwt.MapClaims{"sub": "7", "exp": soon}),
		"another secret": identity("7", []byte("other"), soon), "the channel's own secret": identity("7", w.account.Secret, soon),
		"expired": identity("7", secret, start.Add(-time.Second).Unix()), "for ever": identity("7", secret, nil), "nobody": identity("", secret, soon),
		"a very long id": identity(strings.Repeat("7", 201), secret, soon),
	} {
		rec := w.call(http.MethodPost, "/chat/session", "", map[string]any{"identity": bad})
		require.Equal(t, http.StatusUnauthorized, rec.Code, name)
	}
	anonymous := w.session(map[string]any{})
	known := w.session(map[string]any{"token": anonymous.Token, "identity": identity("7", secret, soon), "locale": "ko"})
	require.Equal(t, anonymous.VisitorID, known.VisitorID, "who signs in keeps the talk")
	r := &connectors.Request{Method: http.MethodPost, Header: http.Header{"Authorization": {"Bearer " + known.Token}}}
	caller, err := w.Authenticate(t.Context(), w.account, r)
	require.NoError(t, err)
	require.Equal(t, connectors.Caller{Address: known.VisitorID, Profile: connectors.Profile{
		Name: "Kim", Locale: "ko", Email: "kim@shop.example", Phone: "+821012345678", Verified: true, ExternalID: "7",
	}}, caller)
	again := w.session(map[string]any{"token": known.Token})
	require.Equal(t, known.VisitorID, again.VisitorID)
	another := w.session(map[string]any{"token": again.Token, "identity": identity("8", secret, soon)})
	require.NotEqual(t, known.VisitorID, another.VisitorID, "another customer does not see the talk")
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from := func(origin string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Origin", origin) }
	}
	rec := w.call(http.MethodPost, "/chat/session", "", map[string]any{}, from("https://any.example"))
	require.Equal(t, http.StatusOK, rec.Code)
	require.Equal(t, "https://any.example", rec.Header().Get("Access-Control-Allow-Origin"))
	require.Empty(t, rec.Header().Get("Access-Control-Allow-Credentials"))
	require.Contains(t, rec.Header().Values("Vary"), "Origin")

	w.account.Settings["origins"] = "https://shop.example\nhttps://www.shop.example:8443"
	for origin, allowed := range map[string]bool{
		"https://shop.example": true, "https://SHOP.example": true, "https://www.shop.example:8443": true,
		"http://shop.example": false, "https://shop.example.evil.test": false, "https://www.shop.example": false, "null": false, "*": false,
	} {
		for _, method := range []string{http.MethodPost, http.MethodOptions} {
			rec := w.call(method, "/chat/session", "", map[string]any{}, from(origin))
			require.Equal(t, allowed, rec.Code < 300, "%s from %s: %d", method, origin, rec.Code)
			require.Equal(t, allowed, rec.Header().Get("Access-Control-Allow-Origin") != "", origin)
		}
		require.Equal(t, allowed, w.AllowsOrigin(w.account, origin))
	}
	rec = w.call(http.MethodOptions, "/chat/feed", "", nil, from("https://shop.example"))
	require.Equal(t, http.StatusNoContent, rec.Code)
	require.Equal(t, "Authorization, Content-Type", rec.Header().Get("Access-Control-Allow-Headers"))

	var check func(string) error
	for _, f := range w.Describe().Fields {
		if f.Name == "origins" {
			check = f.Check
		}
	}
	require.NoError(t, check("*"))
	require.NoError(t, check("https://a.example\nhttp://localhost:3000"))
	for _, bad := range []string{"a.example", "https://a.example/", "https://a.example/shop", "ftp://a.example", "https://a.example?x"} {
		require.Error(t, check(bad), bad)
	}
}

func TestCallsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *webchat.Deps) {
		d.Limits.Sessions = webchat.Limit{Burst: 2, Every: time.Minute}
	})
	token := w.Token(w.account, newID(), connectors.Profile{})
	for _, c := range []struct {
		method, path, token string
		status              int
	}{
		{http.MethodPost, "/nowhere/session", "", 404}, {http.MethodGet, "/chat/session", "", 405}, {http.MethodPost, "/chat/feed", token, 405},
		{http.MethodGet, "/chat/feed", "", 401}, {http.MethodGet, "/chat/feed", token + "x", 401}, {http.MethodPost, "/chat/files", "", 401},
		{http.MethodPost, "/chat/files", token, 415}, {http.MethodGet, "/chat/nothing", token, 404},
	} {
		require.Equal(t, c.status, w.call(c.method, c.path, c.token, nil).Code, "%s %s", c.method, c.path)
	}
	require.Equal(t, 400, w.call(http.MethodPost, "/chat/session", "", "text").Code)
	w.session(map[string]any{})
	w.session(map[string]any{})
	rec := w.call(http.MethodPost, "/chat/session", "", map[string]any{})
	require.Equal(t, http.StatusTooManyRequests, rec.Code)
	require.Equal(t, "61", rec.Header().Get("Retry-After"))
	elsewhere := w.call(http.MethodPost, "/chat/session", "", map[string]any{}, func(r *http.Request) { r.RemoteAddr = "192.0.2.77:1" })
	require.Equal(t, http.StatusOK, elsewhere.Code)
	w.account.Kind = "another"
	require.Equal(t, 404, w.call(http.MethodPost, "/chat/session", "", map[string]any{}).Code)
}

func (w *world) upload(visitor, name, content string) *httptest.ResponseRecorder {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	require.NoError(w.t, form.WriteField("note", "ignored"))
	part, err := form.CreateFormFile("file", name)
	require.NoError(w.t, err)
	_, err = part.Write([]byte(content))
	require.NoError(w.t, err)
	require.NoError(w.t, form.Close())
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, "/chat/files", &body)
	r.Header.Set("Authorization", "Bearer "+w.Token(w.account, visitor, connectors.Profile{}))
	r.Header.Set("Content-Type", form.FormDataContentType())
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec
}

func TestUpload(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newID()
	rec := w.upload(v, "cup.png", "PNG…")
	require.Equal(t, http.StatusCreated, rec.Code, rec.Body)
	var a conversation.Attachment
	require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &a))
	require.Equal(t, "/files/"+a.ID.String()+"/signed", a.URL)
	uploader, err := w.files.Uploader(t.Context(), a.ID)
	require.NoError(t, err)
	require.Equal(t, "visitor:chat:"+v, uploader)
	require.Equal(t, http.StatusUnsupportedMediaType, w.upload(v, "a.exe", "MZ").Code)
	require.Equal(t, http.StatusRequestEntityTooLarge, w.upload(v, "big.png", "PNG"+strings.Repeat("x", 10<<20)).Code)
	require.Equal(t, http.StatusRequestEntityTooLarge, w.upload(v, "huge.png", "PNG"+strings.Repeat("x", 11<<20)).Code)
	w.files.fails = errDown
	require.Equal(t, http.StatusServiceUnavailable, w.upload(v, "cup.png", "PNG").Code)
	for range 10 {
		rec = w.upload(v, "cup.png", "PNG")
	}
	require.Equal(t, http.StatusTooManyRequests, rec.Code)
}

func TestWhenTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pool.Close()
	require.Equal(t, http.StatusServiceUnavailable, w.call(http.MethodPost, "/chat/session", "", map[string]any{}).Code)
	_, err := w.Send(t.Context(), w.account, connectors.Outgoing{ID: newID(), Address: newID()})
	require.Error(t, err)
	var classified *connectors.SendError
	require.NotErrorAs(t, err, &classified, "to be tried again")
	require.Error(t, w.MarkRead(context.Background(), w.account, readUntil(newID(), start)))
}

func TestDefaultsAndSnippet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, `<script src="https://chat.example/widget/seax.js" data-channel="chat" async></script>`, w.Snippet(w.account, "https://chat.example"))
	w.account.Settings["color"], w.account.Settings["greeting_en"] = "#112233", ""
	s := w.session(map[string]any{"locale": "xx"}).Settings
	require.Equal(t, "#112233", s["color"])
	require.Empty(t, s["greeting"], "an empty setting is a choice")
	require.Equal(t, "en", s["locale"])
	for _, f := range w.Describe().Fields {
		if f.Type == connectors.FieldColor {
			require.Error(t, f.Check("red"))
		}
	}
}
