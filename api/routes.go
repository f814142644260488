package api

import "seax/internal/auth"

// public routes need no sign-in.
const public auth.Role = ""

// access says for every route of the API who may call it. A route that is not here is refused; a test walks the table against
// the router and the OpenAPI document.
var access = map[string]auth.Role{
	"POST /session":       public,
	"GET /session":        auth.Agent,
	"PATCH /session":      auth.Agent,
	"DELETE /session":     auth.Agent,
	"GET /realtime/token": auth.Agent,

	"PUT /presence":  auth.Agent,
	"GET /presences": auth.Agent,

	"GET /conversations":                               auth.Agent,
	"GET /conversations/:id":                           auth.Agent,
	"PATCH /conversations/:id":                         auth.Agent,
	"GET /conversations/:id/events":                    auth.Agent,
	"POST /conversations/:id/messages":                 auth.Agent,
	"POST /conversations/:id/messages/:event_id/retry": auth.Agent,
	"POST /conversations/:id/notes":                    auth.Agent,
	"POST /conversations/:id/read":                     auth.Agent,
	"POST /conversations/:id/typing":                   auth.Agent,
	"POST /conversations/:id/transfer":                 auth.Agent,
	"DELETE /conversations/:id/transfer":               auth.Agent,
	"POST /conversations/:id/park":                     auth.Agent,
	"POST /conversations/:id/resume":                   auth.Agent,
	"POST /conversations/:id/wrap-up":                  auth.Agent,
	"POST /conversations/:id/close":                    auth.Agent,
	"POST /conversations/:id/take-over":                auth.Supervisor,
	"POST /conversations/:id/assign":                   auth.Supervisor,
	"GET /conversations/:id/explain":                   auth.Agent,

	"GET /reservations":             auth.Agent,
	"POST /reservations/:id/accept": auth.Agent,
	"POST /reservations/:id/reject": auth.Agent,

	"GET /contacts":                 auth.Agent,
	"GET /contacts/:id":             auth.Agent,
	"PATCH /contacts/:id":           auth.Agent,
	"POST /contacts/:id/merge":      auth.Agent,
	"POST /contact-merges/:id/undo": auth.Agent,
	"GET /canned-replies":           auth.Agent,
	"POST /files":                   auth.Agent,
	"GET /queues":                   auth.Agent,
	"GET /skills":                   auth.Agent,
	"GET /targets":                  auth.Agent,
	"GET /live":                     auth.Supervisor,

	"POST /queues":               auth.Admin,
	"PUT /queues/:slug":          auth.Admin,
	"DELETE /queues/:slug":       auth.Admin,
	"GET /people":                auth.Admin,
	"POST /people":               auth.Admin,
	"PUT /people/:id":            auth.Admin,
	"DELETE /people/:id":         auth.Admin,
	"POST /skills":               auth.Admin,
	"PUT /skills/:slug":          auth.Admin,
	"DELETE /skills/:slug":       auth.Admin,
	"POST /presences":            auth.Admin,
	"PUT /presences/:slug":       auth.Admin,
	"DELETE /presences/:slug":    auth.Admin,
	"GET /articles":              auth.Admin,
	"POST /articles":             auth.Admin,
	"PUT /articles/:id":          auth.Admin,
	"DELETE /articles/:id":       auth.Admin,
	"POST /canned-replies":       auth.Admin,
	"PUT /canned-replies/:id":    auth.Admin,
	"DELETE /canned-replies/:id": auth.Admin,
	"GET /channels":              auth.Admin,
	"POST /channels":             auth.Admin,
	"PUT /channels/:slug":        auth.Admin,
	"DELETE /channels/:slug":     auth.Admin,
	"GET /api-keys":              auth.Admin,
	"POST /api-keys":             auth.Admin,
	"DELETE /api-keys/:id":       auth.Admin,
}
