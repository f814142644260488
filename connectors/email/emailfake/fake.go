// Package emailfake is the world of mail around the email connector, for tests and the local stack: a mailbox server (IMAP), a server that
// takes emails (SMTP), customers who write, and the requests with which Mailgun, SendGrid and Postmark hand emails on.
package emailfake

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-smtp"

	"seax/connectors"
	"seax/connectors/fake"
)

// Host is the name the servers have.
const Host = "mail.fake"

// CustomerDomain is where customers' programs make their Message-IDs.
const CustomerDomain = "customer.example"

// Fake implements fake.Provider. Accounts are known by Know, with their settings and passwords.
type Fake struct {
	*fake.Base
	// Password returns the password in the address that providers post an account's emails to.
	Password func(account connectors.Account) (user, password string)
	// Fields: providers post fields instead of whole emails.
	Fields bool
	// SendGridKey signs what SendGrid posts.
	SendGridKey *ecdsa.PrivateKey

	// Heard is told of every talk with the SMTP server; nil: nobody is.
	Heard func(Talk)

	names                          []string
	imap, smtp, imapPlain, smtpTLS *door
	certificate                    tls.Certificate
	mailServer                     *imapserver.Server
	outServer                      *smtp.Server

	// open ends with the servers.
	open  context.Context //nolint:containedctx // talks have none of their own
	close context.CancelFunc

	mu       sync.Mutex
	users    map[string]*imapmemserver.User
	troubles []Trouble
	letters  [][]byte
	numbered int
	// idle: the mailbox server can tell of new emails.
	idle bool
	// permits are the permissions for mailboxes that were given by OAuth.
	permits permits
}

// New starts the servers on this machine; Close stops them. They are known as Host and by the certificate's other names.
func New(clock func() time.Time, certificate tls.Certificate) (*Fake, error) {
	f := &Fake{Base: fake.NewBase(clock), users: map[string]*imapmemserver.User{}, idle: true, permits: newPermits(), certificate: certificate, names: certificate.Leaf.DNSNames}
	f.open, f.close = context.WithCancel(context.Background())
	var err error
	if f.SendGridKey, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	config := &tls.Config{Certificates: []tls.Certificate{f.certificate}, MinVersion: tls.VersionTLS12}
	quiet := log.New(io.Discard, "", 0)
	f.mailServer = imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return f.session(), nil, nil
		},
		Caps: imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapUIDPlus: {}, imap.CapMove: {}, imap.CapNamespace: {}, imap.CapSASLIR: {}}, TLSConfig: config, InsecureAuth: true, Logger: quiet,
	})
	f.outServer = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &outbox{fake: f, conn: c}, nil }))
	f.outServer.Domain, f.outServer.TLSConfig, f.outServer.MaxMessageBytes, f.outServer.ErrorLog = Host, config, 30<<20, quiet
	for _, d := range []struct {
		door  **door
		tls   bool
		serve func(net.Listener) error
	}{{&f.imap, true, f.mailServer.Serve}, {&f.imapPlain, false, f.mailServer.Serve}, {&f.smtp, false, f.outServer.Serve}, {&f.smtpTLS, true, f.outServer.Serve}} {
		opened, err := openDoor()
		if err != nil {
			f.Close()
			return nil, err
		}
		*d.door = opened
		listener := net.Listener(opened)
		if d.tls {
			listener = tls.NewListener(opened, config)
		}
		listener = &modest{listener, f}
		go func() { _ = d.serve(listener) }()
	}
	return f, nil
}

// Close stops the servers.
func (f *Fake) Close() {
	f.close()
	_ = f.mailServer.Close()
	_ = f.outServer.Close()
	f.Base.Close()
}

// Ports are where the servers listen: TLS from the beginning, and STARTTLS.
type Ports struct{ IMAP, IMAPStartTLS, SMTP, SMTPTLS string }

// Ports returns where the servers listen.
func (f *Fake) Ports() Ports {
	return Ports{IMAP: f.imap.port(), IMAPStartTLS: f.imapPlain.port(), SMTP: f.smtp.port(), SMTPTLS: f.smtpTLS.port()}
}

// TLS trusts the servers' certificate.
func (f *Fake) TLS() *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(f.certificate.Leaf)
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

// Certificate makes one for servers that are called Host, and by other names too.
func Certificate(names ...string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: Host}, DNSNames: append([]string{Host}, names...), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}

// door is a listener whose connections can be cut.
type door struct {
	net.Listener
	mu   sync.Mutex
	open map[net.Conn]struct{}
}

func openDoor() (*door, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return &door{Listener: l, open: map[net.Conn]struct{}{}}, nil
}

func (d *door) port() string {
	_, port, _ := net.SplitHostPort(d.Addr().String())
	return port
}

// Accept implements net.Listener.
func (d *door) Accept() (net.Conn, error) {
	conn, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open[conn] = struct{}{}
	return conn, nil
}

func (d *door) cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for conn := range d.open {
		_ = conn.Close()
	}
	clear(d.open)
}

// Disconnect drops all connections to mailboxes.
func (f *Fake) Disconnect() {
	f.imap.cut()
	f.imapPlain.cut()
}

// WithoutIdle makes the mailbox server one that cannot tell of new emails.
func (f *Fake) WithoutIdle() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.idle = false
}

// modest is a listener whose servers do not tell that they can idle, if they cannot.
type modest struct {
	net.Listener
	fake *Fake
}

// Accept implements net.Listener.
func (m *modest) Accept() (net.Conn, error) {
	conn, err := m.Listener.Accept()
	m.fake.mu.Lock()
	defer m.fake.mu.Unlock()
	if err != nil || m.fake.idle {
		return conn, err
	}
	return modestConn{conn}, nil
}

type modestConn struct{ net.Conn }

// Write implements net.Conn.
func (c modestConn) Write(b []byte) (int, error) {
	_, err := c.Conn.Write(bytes.ReplaceAll(b, []byte(" IDLE"), nil))
	return len(b), err
}

// session is one client of the mailbox server.
type session struct {
	*imapmemserver.UserSession
	fake *Fake
}

func (f *Fake) session() imapserver.Session { return &session{fake: f} }

// Login implements imapserver.Session.
func (s *session) Login(username, password string) error {
	known, ok := s.fake.Find(func(k fake.Known) bool { return userOf(k.Account) == username })
	if !ok || password == "" || known.Secrets["password"] != password {
		return imapserver.ErrAuthFailed
	}
	s.UserSession = imapmemserver.NewUserSession(s.fake.user(known.Account))
	return nil
}

// Close implements imapserver.Session.
func (s *session) Close() error {
	if s.UserSession == nil {
		return nil
	}
	return s.UserSession.Close()
}

// Select implements imapserver.Session: mailboxes of one run are not those of another.
func (s *session) Select(mailbox string, options *imap.SelectOptions) (*imap.SelectData, error) {
	data, err := s.UserSession.Select(mailbox, options)
	if err == nil {
		data.UIDValidity += uint32(s.fake.First) //nolint:gosec // it wraps around, which is as good
	}
	return data, err
}

// Idle implements imapserver.Session.
func (s *session) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	s.fake.mu.Lock()
	idle := s.fake.idle
	s.fake.mu.Unlock()
	if !idle {
		return errors.New("there is no IDLE here")
	}
	// The library's own Idle says nothing of what came just before it, which no server does.
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for {
		if err := s.Poll(w, true); err != nil {
			return err
		}
		select {
		case <-stop:
			return nil
		case <-ticker.C:
		}
	}
}

// outUserOf and outPasswordOf are what an account signs in with where emails go out.
func outUserOf(account connectors.Account) string {
	if user := account.Settings["smtp_username"]; user != "" {
		return user
	}
	return userOf(account)
}

func outPasswordOf(account connectors.Account) string {
	if password := account.Secrets["smtp_password"]; password != "" {
		return password
	}
	return account.Secrets["password"]
}

func userOf(account connectors.Account) string {
	if user := account.Settings["username"]; user != "" {
		return user
	}
	return account.Settings["address"]
}

// user is an account's mailbox.
func (f *Fake) user(account connectors.Account) *imapmemserver.User {
	f.mu.Lock()
	defer f.mu.Unlock()
	u, ok := f.users[account.ID]
	if !ok {
		u = imapmemserver.NewUser(userOf(account), account.Secrets["password"])
		_ = u.Create("INBOX", nil)
		f.users[account.ID] = u
	}
	return u
}

// Deliver puts an email into an account's mailbox.
func (f *Fake) Deliver(account connectors.Account, raw []byte) error {
	_, err := f.user(account).Append("INBOX", bytes.NewReader(raw), &imap.AppendOptions{Time: f.Clock()})
	return err
}

// Renew makes an account's mailbox anew, so that all its emails have other numbers; it returns how many there were.
func (f *Fake) Renew(account connectors.Account, raw ...[]byte) error {
	u := f.user(account)
	if err := errors.Join(u.Delete("INBOX"), u.Create("INBOX", nil)); err != nil {
		return err
	}
	for _, r := range raw {
		if err := f.Deliver(account, r); err != nil {
			return err
		}
	}
	return nil
}

// Count says how many emails are in a folder, and how many of them were not read.
func (f *Fake) Count(account connectors.Account, folder string) (all, unseen uint32) {
	status, err := f.user(account).Status(folder, &imap.StatusOptions{NumMessages: true, NumUnseen: true})
	if err != nil || status.NumMessages == nil || status.NumUnseen == nil {
		return 0, 0
	}
	return *status.NumMessages, *status.NumUnseen
}

func (f *Fake) number() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.numbered++
	return strconv.Itoa(f.First + f.numbered)
}

// Kinds implements fake.Provider.
func (*Fake) Kinds() []string { return []string{"email"} }

// Hosts implements fake.Provider.
func (f *Fake) Hosts() []string { return f.names }

// Door is where the server listens that a port is meant for, by what ports usually mean; "": none is.
func (f *Fake) Door(port string) string {
	doors := map[string]*door{"993": f.imap, "143": f.imapPlain, "587": f.smtp, "25": f.smtp, "2525": f.smtp, "465": f.smtpTLS}
	if d := doors[port]; d != nil {
		return d.Addr().String()
	}
	return ""
}

// ServeHTTP implements fake.Provider: mail servers do not speak HTTP, those that give tokens do.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost && r.URL.Path == TokenPath {
		f.giveToken(w, r)
		return
	}
	http.NotFound(w, r)
}

// Act implements fake.Provider: the email lies in the mailbox, or is in the requests that are returned.
func (f *Fake) Act(account connectors.Account, act fake.Act) ([]*connectors.Request, error) {
	l, err := f.Write(account, act)
	if err != nil {
		return nil, err
	}
	if transport := account.Settings["transport"]; transport != "" && transport != "imap" {
		r, err := f.Request(account, l)
		return []*connectors.Request{r}, err
	}
	return nil, f.Deliver(account, l.MIME())
}

// Write writes the email with which a customer does something. One that answers an email which was sent to them is written as mail programs
// do: to the address that email wants to be answered at, with the emails it refers to.
func (f *Fake) Write(account connectors.Account, act fake.Act) (*Letter, error) {
	l := &Letter{
		ID: act.ID + "@" + CustomerDomain, From: act.From, Name: act.Name, To: account.Settings["address"], Subject: act.Subject, Text: act.Text, HTML: act.HTML, InReplyTo: act.ReplyTo, Files: act.Files, At: f.Clock(),
	}
	if s, ok := f.received(account, act); ok {
		l.References = append(slices.Clone(s.References), s.ID)
		if s.Answers != "" {
			l.To = s.Answers
		}
		if l.Subject == "" {
			l.Subject = "Re: " + strings.TrimPrefix(s.Subject, "Re: ")
		}
	}
	if l.Subject == "" {
		l.Subject = "About my order"
	}
	if act.ID == "" {
		l.ID = "m" + f.number() + "@" + CustomerDomain
	}
	switch act.Type {
	case "message":
	case "unknown":
		l.Encrypted = true
	case "automatic":
		l.Headers = [][2]string{{"Auto-Submitted", "auto-replied"}}
	default:
		return nil, fmt.Errorf("nobody can do %q by email", act.Type)
	}
	return l, nil
}

// received finds the email that a customer answers.
func (f *Fake) received(account connectors.Account, act fake.Act) (fake.Sent, bool) {
	if act.ReplyTo == "" {
		return fake.Sent{}, false
	}
	all := f.Sent(act.From)
	n := slices.IndexFunc(all, func(s fake.Sent) bool { return s.ID == act.ReplyTo && s.Account == account.ID })
	if n < 0 {
		return fake.Sent{}, false
	}
	return all[n], true
}
