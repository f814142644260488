package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"seax/api/spec"
	"seax/internal/auth"
	"seax/internal/dispatch"
)

// session answers signing in and out.
type session struct {
	deps   Deps
	server *server
}

// cookieLife is how long a browser keeps the cookie, in seconds; the server ends idle sessions earlier.
const cookieLife = 30 * 24 * 3600

func (h session) cookie(ctx context.Context, token string, life int) string {
	c := http.Cookie{Name: CookieName, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: life}
	if g, ok := ctx.(*gin.Context); ok {
		c.Secure = h.server.https(g.Request)
	}
	return c.String()
}

func (h session) SignIn(ctx context.Context, r spec.SignInRequestObject) (spec.SignInResponseObject, error) {
	remote, agent := "", ""
	if g, ok := ctx.(*gin.Context); ok {
		remote, agent = h.server.remote(g.Request), g.Request.UserAgent()
	}
	p, token, err := h.deps.Auth.SignIn(ctx, r.Body.Email, r.Body.Password, agent, remote)
	if err != nil {
		return nil, err
	}
	me, err := h.me(ctx, p)
	if err != nil {
		return nil, err
	}
	return spec.SignIn200JSONResponse{Body: me, Headers: spec.SignIn200ResponseHeaders{SetCookie: h.cookie(ctx, token, cookieLife)}}, nil
}

func (h session) me(ctx context.Context, p Principal) (spec.Me, error) {
	state, err := h.deps.Views.AgentState(ctx, p.ID)
	return spec.Me{
		Id: p.ID, Name: p.Name, Email: p.Email, Role: spec.Role(p.Role), Locale: p.Locale, Agent: state, TemporalUiUrl: h.deps.TemporalUI,
	}, err
}

func (h session) GetMe(ctx context.Context, _ spec.GetMeRequestObject) (spec.GetMeResponseObject, error) {
	me, err := h.me(ctx, caller(ctx))
	return spec.GetMe200JSONResponse(me), err
}

func (h session) UpdateMe(ctx context.Context, r spec.UpdateMeRequestObject) (spec.UpdateMeResponseObject, error) {
	p := caller(ctx)
	if r.Body.NewPassword != nil {
		if err := h.deps.Auth.ChangePassword(ctx, p, value(r.Body.CurrentPassword), *r.Body.NewPassword); err != nil {
			if err == auth.ErrWrong { //nolint:errorlint // it is returned as it is
				return nil, invalid("current_password", "The current password is wrong.")
			}
			return nil, err
		}
	}
	if r.Body.Locale != nil {
		p.Locale = string(*r.Body.Locale)
		if err := h.deps.Directory.SetLocale(ctx, p.ID, p.Locale); err != nil {
			return nil, err
		}
	}
	me, err := h.me(ctx, p)
	return spec.UpdateMe200JSONResponse(me), err
}

// signedOut ends a session and takes its cookie away.
type signedOut struct{ cookie string }

func (s signedOut) VisitSignOutResponse(w http.ResponseWriter) error {
	w.Header().Set("Set-Cookie", s.cookie)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (h session) SignOut(ctx context.Context, _ spec.SignOutRequestObject) (spec.SignOutResponseObject, error) {
	p := caller(ctx)
	if err := h.deps.Desk.SetPresence(ctx, p.ID, dispatch.PresenceOffline, false); err != nil {
		return nil, fmt.Errorf("sign out: %w", err)
	}
	if err := h.deps.Auth.SignOut(ctx, p); err != nil {
		return nil, err
	}
	if h.deps.SignedOut != nil {
		h.deps.SignedOut(p)
	}
	return signedOut{h.cookie(ctx, "", -1)}, nil
}

func (h session) GetRealtimeToken(ctx context.Context, _ spec.GetRealtimeTokenRequestObject) (spec.GetRealtimeTokenResponseObject, error) {
	token, err := h.deps.Tokens.Make(caller(ctx))
	return spec.GetRealtimeToken200JSONResponse{Token: token}, err
}
