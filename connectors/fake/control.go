package fake

import (
	"encoding/json"
	"net"
	"net/http"

	"seax/connectors"
)

// Switchboard is many fakes behind one address: a call goes to the fake whose host it was meant for, and /control/ is for whoever plays
// the customers.
//
//	POST /control/{kind}/accounts   make an account known: {"id", "settings", "secrets", "secret", "webhook"}
//	POST /control/{kind}/act        a customer does something: {"account": …, Act}
//	POST /control/{kind}/faults     the next calls go wrong: {"times": n, Fault}; DELETE forgets them
//	PUT  /control/{kind}/weather    how webhooks travel: Weather
//	PUT  /control/{kind}/mood       how calls go: Mood
//	GET  /control/{kind}/sent       what was sent (?to=…): [Sent]
//	GET  /control/{kind}/typing     whether somebody is shown as typing (?to=…)
type Switchboard struct {
	byHost map[string]Provider
	byKind map[string]Provider
	mux    *http.ServeMux
}

// NewSwitchboard returns a switchboard with these fakes.
func NewSwitchboard(providers ...Provider) *Switchboard {
	s := &Switchboard{byHost: map[string]Provider{}, byKind: map[string]Provider{}, mux: http.NewServeMux()}
	for _, p := range providers {
		for _, host := range p.Hosts() {
			s.byHost[host] = p
		}
		for _, kind := range p.Kinds() {
			s.byKind[kind] = p
		}
	}
	handle := func(pattern string, fn func(w http.ResponseWriter, r *http.Request, p Provider)) {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			p, ok := s.byKind[r.PathValue("kind")]
			if !ok {
				http.Error(w, "there is no such fake", http.StatusNotFound)
				return
			}
			fn(w, r, p)
		})
	}
	handle("POST /control/{kind}/accounts", know)
	handle("POST /control/{kind}/act", act)
	handle("POST /control/{kind}/faults", misbehave)
	handle("DELETE /control/{kind}/faults", func(_ http.ResponseWriter, _ *http.Request, p Provider) { p.base().Recover() })
	handle("PUT /control/{kind}/weather", weather)
	handle("PUT /control/{kind}/mood", mood)
	handle("GET /control/{kind}/sent", func(w http.ResponseWriter, r *http.Request, p Provider) {
		write(w, append([]Sent{}, p.base().Sent(r.URL.Query().Get("to"))...))
	})
	handle("GET /control/{kind}/typing", func(w http.ResponseWriter, r *http.Request, p Provider) {
		write(w, p.base().Typing(r.URL.Query().Get("to")))
	})
	return s
}

// ServeHTTP implements http.Handler.
func (s *Switchboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if p, ok := s.byHost[host]; ok {
		p.ServeHTTP(w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

func read(w http.ResponseWriter, r *http.Request, into any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<20)).Decode(into); err != nil {
		http.Error(w, "the request cannot be read: "+err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

func write(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

func know(w http.ResponseWriter, r *http.Request, p Provider) {
	var in struct {
		ID       string            `json:"id"`
		Settings map[string]string `json:"settings"`
		Secrets  map[string]string `json:"secrets"`
		Secret   []byte            `json:"secret"`
		Webhook  string            `json:"webhook"`
	}
	if read(w, r, &in) {
		account := connectors.Account{ID: in.ID, Kind: r.PathValue("kind"), Settings: in.Settings, Secrets: in.Secrets, Secret: in.Secret}
		p.base().Know(account, in.Webhook)
	}
}

func act(w http.ResponseWriter, r *http.Request, p Provider) {
	var in struct {
		Account string `json:"account"`
		Act
	}
	if !read(w, r, &in) {
		return
	}
	known, ok := p.base().Account(in.Account)
	if !ok {
		http.Error(w, "the fake knows no such account", http.StatusNotFound)
		return
	}
	requests, err := p.Act(known.Account, in.Act)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for _, request := range requests {
		p.base().Callback(request)
	}
	w.WriteHeader(http.StatusAccepted)
}

func misbehave(w http.ResponseWriter, r *http.Request, p Provider) {
	var in struct {
		Times int `json:"times"`
		Fault
	}
	if !read(w, r, &in) {
		return
	}
	if in.Drop != "" && in.Drop != "before" && in.Drop != "after" {
		http.Error(w, "drop is before or after", http.StatusBadRequest)
		return
	}
	for range max(in.Times, 1) {
		p.base().Misbehave(in.Fault)
	}
}

func mood(w http.ResponseWriter, r *http.Request, p Provider) {
	var in Mood
	if read(w, r, &in) {
		p.base().SetMood(in)
	}
}

func weather(w http.ResponseWriter, r *http.Request, p Provider) {
	var in Weather
	if read(w, r, &in) {
		p.base().SetWeather(in)
	}
}
