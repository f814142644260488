package lab

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"slices"
	"time"

	"seax/connectors/fake"
	"seax/connectors/telegram/telegramfake"
)

// What the widget's build makes of web/widget/lab.
//
//go:embed all:dist
var dist embed.FS

func telegramNumber(id string) int64 { return telegramfake.Number(id) }

// pages is the page and its API:
//
//	GET  /api/lab                     the channels, and how their providers behave
//	GET  /api/screen?channel=&phone=  what a customer sees
//	GET  /api/wire?provider=          the last exchanges with a provider, the newest first
//	GET  /api/files?channel=&id=&n=   a file of a message
//	GET  /api/news                    a stream that says when to look again
//	POST /api/act                     a customer does something: {"channel", "phone", Act}
//	/control/                         see fake.Switchboard
func (l *Lab) pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/lab", l.serveLab)
	mux.HandleFunc("GET /api/screen", l.serveScreen)
	mux.HandleFunc("GET /api/files", l.serveFile)
	mux.HandleFunc("GET /api/news", l.serveNews)
	mux.HandleFunc("GET /api/wire", func(w http.ResponseWriter, r *http.Request) {
		write(w, l.tape.exchanges(r.URL.Query().Get("provider"), 40))
	})
	mux.HandleFunc("POST /api/act", l.serveAct)
	mux.Handle("/control/", l.board)
	page, err := fs.Sub(dist, "dist")
	if err != nil {
		// "dist" is a valid path.
		panic(err)
	}
	files := http.FileServerFS(page)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if _, err := fs.Stat(page, "index.html"); err != nil {
			http.Error(w, "The page of the channel lab is not built: run make bin/seax-local.", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data: http://127.0.0.1:* http://localhost:*; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'")
		w.Header().Set("Cache-Control", "no-cache")
		files.ServeHTTP(w, r)
	})
	return guarded(mux)
}

// guarded refuses what a page elsewhere can make a browser send here unasked.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if r.Method != http.MethodGet && r.Method != http.MethodDelete && kind != "application/json" {
			http.Error(w, "Send JSON.", http.StatusUnsupportedMediaType)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func write(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

type shownChannel struct {
	ID       string   `json:"id"`
	Kind     string   `json:"kind"`
	Name     string   `json:"name"`
	Provider string   `json:"provider"`
	Enabled  bool     `json:"enabled"`
	Can      []string `json:"can"`
}

type shownProvider struct {
	Name    string       `json:"name"`
	Kinds   []string     `json:"kinds"`
	Mood    fake.Mood    `json:"mood"`
	Weather fake.Weather `json:"weather"`
}

func (l *Lab) serveLab(w http.ResponseWriter, r *http.Request) {
	if err := l.learn(r.Context()); err != nil {
		http.Error(w, "The database does not answer.", http.StatusServiceUnavailable)
		return
	}
	out := struct {
		Seax      string          `json:"seax"`
		Channels  []shownChannel  `json:"channels"`
		Providers []shownProvider `json:"providers"`
	}{Seax: l.options.PublicURL, Channels: []shownChannel{}}
	l.mu.Lock()
	for _, c := range l.accounts {
		out.Channels = append(out.Channels, shownChannel{c.ID, c.Kind, c.Name, l.names[l.byKind[c.Kind]], c.Enabled, can[c.Kind]})
	}
	l.mu.Unlock()
	order := demo()
	slices.SortStableFunc(out.Channels, func(a, b shownChannel) int { return place(order, a.Kind) - place(order, b.Kind) })
	for _, p := range l.Providers() {
		mood, weather := p.Moods()
		out.Providers = append(out.Providers, shownProvider{l.names[p], p.Kinds(), mood, weather})
	}
	write(w, out)
}

func place(order []account, kind string) int {
	return slices.IndexFunc(order, func(a account) bool { return a.kind == kind })
}

func (l *Lab) serveScreen(w http.ResponseWriter, r *http.Request) {
	a, ok := l.Account(r.URL.Query().Get("channel"))
	phone := r.URL.Query().Get("phone")
	if !ok || !phonePattern.MatchString(phone) {
		http.NotFound(w, r)
		return
	}
	items := l.screen(a, phone)
	if items == nil {
		items = []item{}
	}
	write(w, map[string]any{"address": l.Address(a, phone), "items": items})
}

func (l *Lab) serveAct(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Channel string `json:"channel"`
		Phone   string `json:"phone"`
		fake.Act
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<20)).Decode(&in); err != nil {
		http.Error(w, "The request cannot be read: "+err.Error(), http.StatusBadRequest)
		return
	}
	if err := l.learn(r.Context()); err != nil {
		http.Error(w, "The database does not answer.", http.StatusServiceUnavailable)
		return
	}
	id, err := l.Act(in.Channel, in.Phone, in.Act)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	write(w, map[string]string{"id": id})
}

// pulse is how often a stream of news says something although there is nothing new: what fakes learn by themselves is seen then.
const pulse = 5 * time.Second

func (l *Lab) serveNews(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	flush := http.NewResponseController(w)
	ticker := time.NewTicker(pulse)
	defer ticker.Stop()
	for {
		news := l.news()
		if _, err := fmt.Fprint(w, "data: look\n\n"); err != nil || flush.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-l.closed:
			return
		case <-news:
		case <-ticker.C:
		}
	}
}
