package webchat

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"seax/connectors"
	"seax/internal/blob"
)

// Handler implements connectors.Public: what the widget calls besides sending.
func (c *Connector) Handler(accounts connectors.Accounts) http.Handler {
	mux := http.NewServeMux()
	handle := func(method, path string, h func(w http.ResponseWriter, r *http.Request, account connectors.Account)) {
		mux.HandleFunc("/{channel}/"+path, func(w http.ResponseWriter, r *http.Request) {
			account, err := accounts.Account(r.Context(), r.PathValue("channel"))
			if err != nil && !errors.Is(err, connectors.ErrNoAccount) {
				// Without the account it is not known whether this page may read the answer; it asks again all the same.
				refuse(w, http.StatusServiceUnavailable, "unavailable", "Try again in a moment.")
				return
			}
			if err != nil || account.Kind != Kind {
				refuse(w, http.StatusNotFound, "not_found", "There is no such channel.")
				return
			}
			if !c.cross(w, r, account, method) {
				return
			}
			h(w, r, account)
		})
	}
	handle(http.MethodPost, "session", c.startSession)
	handle(http.MethodGet, "feed", c.readFeed)
	handle(http.MethodPost, "files", c.upload)
	return mux
}

// cross applies the channel's allow-list to calls from other sites' pages, and answers preflights.
func (c *Connector) cross(w http.ResponseWriter, r *http.Request, account connectors.Account, method string) bool {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if origin := r.Header.Get("Origin"); origin != "" {
		if !c.AllowsOrigin(account, origin) {
			refuse(w, http.StatusForbidden, "forbidden", "This page may not use this channel.")
			return false
		}
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", "Retry-After")
		h.Add("Vary", "Origin")
	}
	if r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", method)
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
		h.Set("Access-Control-Max-Age", "86400")
		w.WriteHeader(http.StatusNoContent)
		return false
	}
	if r.Method != method {
		refuse(w, http.StatusMethodNotAllowed, "invalid", "Use "+method+".")
		return false
	}
	return true
}

// visitorOf recognises the caller; if it cannot, it has answered.
func (c *Connector) visitorOf(w http.ResponseWriter, r *http.Request, account connectors.Account) (visitor, bool) {
	v, err := c.readToken(account, bearer(r.Header))
	switch {
	case errors.Is(err, connectors.ErrExpired):
		refuse(w, http.StatusUnauthorized, "visitor_token_expired", "The visitor's token is too old; ask for a new session.")
	case err != nil:
		refuse(w, http.StatusUnauthorized, "unauthorized", "The visitor's token is missing or wrong.")
	}
	return v, err == nil
}

// settings are what the widget looks like.
type settings struct {
	Title        string   `json:"title"`
	Greeting     string   `json:"greeting"`
	Color        string   `json:"color"`
	Locale       string   `json:"locale"`
	MaxText      int      `json:"max_text"`
	MaxFiles     int      `json:"max_files"`
	MaxFileBytes int64    `json:"max_file_bytes"`
	FileTypes    []string `json:"file_types"`
}

// sessionItems is how many of the last items a session starts with.
const sessionItems = 50

func (c *Connector) startSession(w http.ResponseWriter, r *http.Request, account connectors.Account) {
	var in struct {
		Token    string `json:"token"`
		Locale   string `json:"locale"`
		Identity string `json:"identity"`
		Page     string `json:"page"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 16<<10)).Decode(&in); err != nil {
		refuse(w, http.StatusBadRequest, "invalid", "The request cannot be read.")
		return
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if throttled(w, c.sessions.take(host, 1)) {
		return
	}
	v := c.resume(account, in.Token)
	if in.Locale != "en" && in.Locale != "ko" {
		in.Locale = "en"
	}
	if in.Identity != "" {
		profile, err := c.readIdentity(account, in.Identity)
		if err != nil {
			refuse(w, http.StatusUnauthorized, "unauthorized", "The signed identity is not valid or too old.")
			return
		}
		if v.Profile.ExternalID != "" && v.Profile.ExternalID != profile.ExternalID {
			// Another customer at the same browser must not see this one's talk.
			v = c.resume(account, "")
		}
		v.Profile = profile
	}
	v.Profile.Locale = in.Locale
	c.answerSession(w, r, account, v)
}

func (c *Connector) answerSession(w http.ResponseWriter, r *http.Request, account connectors.Account, v visitor) {
	token, expires, err := c.makeToken(account, v)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "internal", "Something went wrong on our side.")
		return
	}
	p, ok := c.page(w, r, account, v, 0, 1<<62, sessionItems)
	if !ok {
		return
	}
	locale := v.Profile.Locale
	reply(w, http.StatusOK, session{
		Token: token, ExpiresAt: expires.UTC(), VisitorID: v.ID, page: p,
		Settings: settings{
			Title: c.setting(account, "title_"+locale), Greeting: c.setting(account, "greeting_"+locale), Color: c.setting(account, "color"), Locale: locale,
			MaxText: maxText, MaxFiles: maxFiles, MaxFileBytes: maxFile, FileTypes: c.deps.FileTypes,
		},
	})
}

// session is the answer to a widget that starts.
type session struct {
	Token     string    `json:"token"`
	ExpiresAt time.Time `json:"expires_at"`
	VisitorID string    `json:"visitor_id"`
	Settings  settings  `json:"settings"`
	page
}

// page reads a part of the feed; if it cannot, it has answered.
func (c *Connector) page(w http.ResponseWriter, r *http.Request, account connectors.Account, v visitor, after, before int64, limit int) (page, bool) {
	p, err := c.feed.read(r.Context(), account.ID, v.ID, after, before, limit)
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, "unavailable", "Try again in a moment.")
		return p, false
	}
	for i := range p.Items {
		p.Items[i] = c.signed(p.Items[i])
	}
	return p, true
}

// feedPage is how many items one call returns.
const feedPage = 200

func (c *Connector) readFeed(w http.ResponseWriter, r *http.Request, account connectors.Account) {
	v, ok := c.visitorOf(w, r, account)
	if !ok {
		return
	}
	number := func(name string) int64 {
		n, err := strconv.ParseInt(r.URL.Query().Get(name), 10, 64)
		if err != nil || n < 0 {
			return 0
		}
		return n
	}
	if throttled(w, c.requests.take(account.ID+"/"+v.ID, 1)) {
		return
	}
	if p, ok := c.page(w, r, account, v, number("after"), number("before"), feedPage); ok {
		reply(w, http.StatusOK, p)
	}
}

func (c *Connector) upload(w http.ResponseWriter, r *http.Request, account connectors.Account) {
	v, ok := c.visitorOf(w, r, account)
	if !ok {
		return
	}
	if throttled(w, c.uploads.take(account.ID+"/"+v.ID, 1)) {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxFile+64<<10)
	parts, err := r.MultipartReader()
	if err != nil {
		refuse(w, http.StatusUnsupportedMediaType, "invalid", "Send the file as a form.")
		return
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			refuse(w, http.StatusBadRequest, "invalid", "Send the file in the form field \"file\".")
			return
		}
		if err != nil {
			refuse(w, http.StatusBadRequest, "invalid", "The upload could not be read.")
			return
		}
		if part.FormName() != "file" {
			continue
		}
		a, err := c.deps.Files.Put(r.Context(), part.FileName(), uploaderOf(account, v.ID), maxFile, c.deps.FileTypes, part)
		if err != nil {
			c.refuseFile(w, err)
			return
		}
		reply(w, http.StatusCreated, c.deps.Files.Sign(a))
		return
	}
}

func (c *Connector) refuseFile(w http.ResponseWriter, err error) {
	var size *http.MaxBytesError
	switch {
	case errors.As(err, &size), errors.Is(err, blob.ErrTooLarge):
		refuse(w, http.StatusRequestEntityTooLarge, "too_large", "The file is too large; 10 MB is the most.")
	case errors.Is(err, blob.ErrType):
		refuse(w, http.StatusUnsupportedMediaType, "unsupported_file", "Files of this kind cannot be sent.")
	default:
		refuse(w, http.StatusServiceUnavailable, "unavailable", "The file could not be stored. Try again in a moment.")
	}
}

// throttled answers if a limit has been reached.
func throttled(w http.ResponseWriter, err error) bool {
	var limited *connectors.LimitError
	if !errors.As(err, &limited) {
		return false
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(limited.RetryAfter/time.Second)+1))
	refuse(w, http.StatusTooManyRequests, "throttled", "Too much at once. Try again in a moment.")
	return true
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, status int, code, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"title": http.StatusText(status), "status": status, "code": code, "detail": detail})
}
