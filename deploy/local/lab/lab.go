// Package lab is the channel lab: one server on this machine that is every provider. SeaX calls it instead of the real ones, and people
// (by its page) and tests (by its methods) write to SeaX through it as customers do, with real webhooks and real signatures.
package lab

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"seax/connectors"
	"seax/connectors/discord/discordfake"
	"seax/connectors/email/emailfake"
	"seax/connectors/fake"
	"seax/connectors/google/googlefake"
	"seax/connectors/line/linefake"
	"seax/connectors/meta/metafake"
	"seax/connectors/telegram"
	"seax/connectors/telegram/telegramfake"
	"seax/connectors/twilio/twiliofake"
	"seax/internal/directory"
)

// Options are what a lab is made for.
type Options struct {
	// Pool is the installation's database: the lab knows the accounts that are there.
	Pool *pgxpool.Pool
	// PublicURL is where providers reach the installation.
	PublicURL string
	// Transport carries webhooks; nil: the default.
	Transport http.RoundTripper
	// Acked, if set, is told how long a webhook took that SeaX has taken in.
	Acked func(kind string, took time.Duration)
	// Certificate is what mail servers show, see MailCertificate; none: one is made.
	Certificate *tls.Certificate
	// Quiet keeps nothing of what goes over the wire, for loads that nobody looks at.
	Quiet bool
}

// Provider is the fake of a provider.
type Provider interface {
	fake.Provider
	Know(account connectors.Account, webhook string)
	Callback(r *connectors.Request)
	PostTo(client *http.Client)
	Sent(to string) []fake.Sent
	Typing(to string) bool
	SetMood(m fake.Mood)
	SetWeather(w fake.Weather)
	Moods() (fake.Mood, fake.Weather)
	Close()
}

// Lab is every provider. Safe for concurrent use.
type Lab struct {
	Twilio   *twiliofake.Fake
	Meta     *metafake.Fake
	Line     *linefake.Fake
	Telegram *telegramfake.Fake
	Discord  *discordfake.Fake
	Google   *googlefake.Fake
	Mail     *emailfake.Fake

	options   Options
	directory *directory.Directory
	board     *fake.Switchboard
	names     map[Provider]string
	byKind    map[string]Provider
	byHost    map[string]string
	tape      tape
	server    *http.Server

	mu       sync.Mutex
	accounts []directory.Channel
	known    time.Time
	acts     []*act
	// byBody finds the act that a webhook tells of.
	byBody map[string]*act
	// changed is closed and made anew whenever there is something new to see.
	changed chan struct{}
	// closed ends pages that wait for news.
	closed chan struct{}
}

// repeats is how the providers behave that nobody has told anything: what is not answered is sent again.
var repeats = fake.Weather{Retries: 5, RetryAfter: 2000}

// New returns a lab for an installation. Its accounts are made by Open.
func New(ctx context.Context, o Options) (*Lab, error) {
	l := &Lab{
		Twilio: twiliofake.New(time.Now), Meta: metafake.New(time.Now), Line: linefake.New(time.Now), Discord: discordfake.New(time.Now), Google: googlefake.New(time.Now),
		Telegram: telegramfake.New(time.Now, telegram.Secret), options: o, byKind: map[string]Provider{}, byHost: map[string]string{}, byBody: map[string]*act{},
		changed: make(chan struct{}), closed: make(chan struct{}),
	}
	l.tape.changed, l.tape.muted = l.tell, o.Quiet
	if err := l.openMail(); err != nil {
		return nil, err
	}
	// The database remembers the ids of earlier runs.
	first := int(time.Now().UnixMilli())
	l.Twilio.First, l.Meta.First, l.Line.First, l.Telegram.First, l.Google.First, l.Mail.First = first, first, first, first, first, first
	l.Twilio.Load, l.Meta.Load, l.Line.Load, l.Google.Load = load, load, load, load
	l.Line.Plain = true
	l.names = map[Provider]string{l.Twilio: "Twilio", l.Meta: "Meta", l.Line: "LINE", l.Telegram: "Telegram", l.Discord: "Discord", l.Google: "Google", l.Mail: "Mail"}
	transport := o.Transport
	if transport == nil {
		transport = &http.Transport{MaxIdleConnsPerHost: 32, IdleConnTimeout: time.Minute}
	}
	client := &http.Client{Transport: recorded{l, transport}, Timeout: 15 * time.Second}
	for _, p := range l.Providers() {
		for _, kind := range p.Kinds() {
			l.byKind[kind] = p
		}
		for _, host := range p.Hosts() {
			l.byHost[host] = l.names[p]
		}
		p.PostTo(client)
		p.SetWeather(repeats)
	}
	l.board = fake.NewSwitchboard(l.Twilio, l.Meta, l.Line, l.Telegram, l.Discord, l.Google, l.Mail)
	var err error
	l.directory, err = newDirectory(ctx, o)
	return l, err
}

// Providers are all fakes.
func (l *Lab) Providers() []Provider {
	return []Provider{l.Twilio, l.Meta, l.Line, l.Telegram, l.Discord, l.Google, l.Mail}
}

// Of is the fake behind a channel kind; nil if there is none.
func (l *Lab) Of(kind string) Provider { return l.byKind[kind] }

// load gets a file that is to be sent from where the installation says it is.
func load(address string) (fake.File, error) {
	at, err := url.Parse(address)
	if err != nil {
		return fake.File{}, err
	}
	// Providers fetch a file once, soon after they were told of it.
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return fake.File{}, err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return fake.File{}, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fake.File{}, fmt.Errorf("file: status %d", res.StatusCode)
	}
	content, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	mediaType, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	return fake.File{MediaType: mediaType, Content: content, URL: address}, err
}

// Serve serves the lab on a listener of this machine until Close.
func (l *Lab) Serve(listener net.Listener) {
	l.server = &http.Server{Handler: l.Handler(), ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go func() { _ = l.server.Serve(listener) }()
}

// Close ends the server and forgets webhooks that are not answered.
func (l *Lab) Close() error {
	close(l.closed)
	for _, p := range l.Providers() {
		p.Close()
	}
	if l.server == nil {
		return nil
	}
	if err := l.server.Close(); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Hosts are those of the providers.
func (l *Lab) Hosts() []string { return slices.Sorted(maps.Keys(l.byHost)) }

// Handler is all of it: providers by their hosts, the page and its API by any address of this machine.
func (l *Lab) Handler() http.Handler {
	own := l.pages()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		ip := net.ParseIP(host)
		switch provider, ok := l.byHost[host]; {
		case ok && r.Method == http.MethodConnect && provider == l.names[l.Mail]:
			l.meet(r.Context())
			l.serveMail(w, r)
		case ok:
			l.meet(r.Context())
			l.tape.out(provider, l.board, w, r)
		case host == "localhost" || ip.IsLoopback():
			own.ServeHTTP(w, r)
		default:
			// Also what a page elsewhere makes a browser ask for under a name that leads here.
			http.Error(w, "The channel lab stands in for the providers and does not know "+host+". To reach real ones, start with SEAX_LAB_ADDR=off.", http.StatusBadGateway)
		}
	})
}

// tell wakes who waits for news.
func (l *Lab) tell() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *Lab) news() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}
