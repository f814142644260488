package email

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"seax/connectors"
)

// idleFor is how long the server is waited for before the connection is proven to work: less than it may take for dead.
const idleFor = 9 * time.Minute

// glimpse is how much is read of an email that is too large to be read whole, in bytes.
const glimpse = 1 << 20

// mailbox is an open folder of an account.
type mailbox struct {
	*Connector
	account connectors.Account
	client  *imapclient.Client
	folder  *imap.SelectData
	// news has something when the server has told of a new email.
	news chan struct{}
}

// position is how far a folder was read. It is the listener's state.
type position struct {
	// Validity is the server's number for the folder as it is; with another one all UIDs are new.
	Validity uint32   `json:"validity"`
	Last     imap.UID `json:"last"`
	// At is when the last email came that was read.
	At time.Time `json:"at"`
}

// Listen implements connectors.Listener: it reads what is new in the folder, then waits for more. An account whose emails are posted has
// nothing to listen to.
func (c *Connector) Listen(ctx context.Context, account connectors.Account, feed connectors.Feed) error {
	if c.setting(account, settingTransport) != byIMAP {
		<-ctx.Done()
		return ctx.Err()
	}
	m, err := c.open(ctx, account)
	if err != nil {
		return because(ctx, err)
	}
	defer func() { _ = m.client.Close() }()
	return because(ctx, m.listen(ctx, feed))
}

func (m *mailbox) listen(ctx context.Context, feed connectors.Feed) error {
	at, err := m.resume(ctx, feed)
	if err != nil {
		return err
	}
	idles := m.client.Caps().Has(imap.CapIdle)
	for {
		if at, err = m.catchUp(ctx, feed, at); err != nil {
			return err
		}
		feed.Connected()
		if err := m.wait(ctx, idles); err != nil {
			return err
		}
	}
}

// open connects, signs in and opens the folder. The connection ends with the context.
func (c *Connector) open(ctx context.Context, account connectors.Account) (*mailbox, error) {
	host, password := c.setting(account, settingIMAPHost), c.setting(account, settingPassword)
	if host == "" || c.user(account) == "" || password == "" && !c.oauth(account) {
		return nil, notSet("The IMAP server and the password are not set.")
	}
	var token string
	if c.oauth(account) {
		var err error
		if token, err = c.token(ctx, account); err != nil {
			return nil, err
		}
	}
	m := &mailbox{Connector: c, account: account, news: make(chan struct{}, 1)}
	options := &imapclient.Options{TLSConfig: c.tls(host), WordDecoder: &words, UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(data *imapclient.UnilateralDataMailbox) {
			if data.NumMessages != nil {
				m.ring()
			}
		},
	}}
	dial, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	conn, err := c.connect(dial, ctx, "tcp", net.JoinHostPort(host, c.setting(account, settingIMAPPort)))
	if err != nil {
		return nil, notIn(because(ctx, err), "IMAP")
	}
	switch c.setting(account, settingIMAPSecurity) {
	case securityTLS:
		if conn, err = handshake(dial, conn, options.TLSConfig); err != nil {
			return nil, notIn(because(ctx, err), "IMAP")
		}
		m.client = imapclient.New(conn, options)
	case securitySTARTTLS:
		if m.client, err = imapclient.NewStartTLS(conn, options); err != nil {
			return nil, notIn(because(ctx, err), "IMAP")
		}
	default:
		m.client = imapclient.New(conn, options)
	}
	if err := m.signIn(token); err != nil {
		_ = m.client.Close()
		return nil, notLetIn(because(ctx, err))
	}
	return m, nil
}

// signIn signs in, with a token if there is one, and opens the folder.
func (m *mailbox) signIn(token string) error {
	if err := m.client.WaitGreeting(); err != nil {
		return err
	}
	if err := m.prove(token); err != nil {
		return err
	}
	if done := m.setting(m.account, settingDone); done != "" {
		// It is there already, as a rule.
		_ = m.client.Create(done, nil).Wait()
	}
	var err error
	m.folder, err = m.client.Select(m.setting(m.account, settingFolder), nil).Wait()
	return err
}

func (m *mailbox) prove(token string) error {
	if token == "" {
		return m.client.Login(m.user(m.account), m.setting(m.account, settingPassword)).Wait()
	}
	err := m.client.Authenticate(xoauth2{m.user(m.account), token})
	var refused *imap.Error
	if !errors.As(err, &refused) || !final(refused) {
		return err
	}
	m.permissions.forget(m.grantOf(m.account))
	return tokenRefused("IMAP", err)
}

// final reports whether trying again cannot help.
func final(refused *imap.Error) bool {
	return !slices.Contains([]imap.ResponseCode{imap.ResponseCodeUnavailable, imap.ResponseCodeInUse, imap.ResponseCodeLimit, imap.ResponseCodeServerBug}, refused.Code)
}

func notLetIn(err error) error {
	var said *connectors.SendError
	if errors.As(err, &said) {
		return said
	}
	var refused *imap.Error
	if !errors.As(err, &refused) {
		return unreached(err)
	}
	switch {
	case !final(refused):
		return &connectors.SendError{Code: connectors.CodeProvider, Words: "The mailbox is not available now.", Cause: err}
	case refused.Code == imap.ResponseCodeNonExistent:
		return &connectors.SendError{Code: connectors.CodeConfig, Words: "There is no such folder in the mailbox.", Cause: err}
	default:
		return &connectors.SendError{Code: connectors.CodeConfig, Words: "The IMAP server refuses the user name or the password.", Cause: err}
	}
}

// look says how many emails are in the folder.
func (c *Connector) look(ctx context.Context, account connectors.Account) (uint32, error) {
	m, err := c.open(ctx, account)
	if err != nil {
		return 0, err
	}
	defer func() { _ = m.client.Close() }()
	return m.folder.NumMessages, nil
}

func (m *mailbox) ring() {
	select {
	case m.news <- struct{}{}:
	default:
	}
}

// resume finds where to go on. A folder that is read for the first time is read from its end: what lies in it was dealt with elsewhere.
func (m *mailbox) resume(ctx context.Context, feed connectors.Feed) (position, error) {
	state, err := feed.State(ctx)
	if err != nil {
		return position{}, err
	}
	var at position
	if err := json.Unmarshal(state, &at); err != nil || state == nil {
		last := imap.UID(0)
		if m.folder.UIDNext > 0 {
			last = m.folder.UIDNext - 1
		}
		at = position{Validity: m.folder.UIDValidity, Last: last, At: m.deps.Clock()}
		return at, m.commit(ctx, feed, nil, at)
	}
	if at.Validity == m.folder.UIDValidity {
		return at, nil
	}
	// The folder was made anew: what came since the last email is read again, and known by its id if it was read before.
	uids, err := m.search(&imap.SearchCriteria{Since: at.At.Add(-48 * time.Hour)})
	if err != nil {
		return at, err
	}
	at.Validity, at.Last = m.folder.UIDValidity, 0
	if m.folder.UIDNext > 0 {
		at.Last = m.folder.UIDNext - 1
	}
	if len(uids) > 0 {
		at.Last = uids[0] - 1
	}
	return at, m.commit(ctx, feed, nil, at)
}

func (m *mailbox) commit(ctx context.Context, feed connectors.Feed, events []connectors.Inbound, at position) error {
	state, err := json.Marshal(at)
	if err != nil {
		return err
	}
	_, err = feed.Accept(ctx, events, state)
	return err
}

func (m *mailbox) search(criteria *imap.SearchCriteria) ([]imap.UID, error) {
	found, err := m.client.UIDSearch(criteria, nil).Wait()
	if err != nil {
		return nil, fmt.Errorf("search the mailbox: %w", err)
	}
	uids := found.AllUIDs()
	slices.Sort(uids)
	return uids, nil
}

// catchUp reads what is new, one email after the other.
func (m *mailbox) catchUp(ctx context.Context, feed connectors.Feed, at position) (position, error) {
	var after imap.UIDSet
	after.AddRange(at.Last+1, 0)
	uids, err := m.search(&imap.SearchCriteria{UID: []imap.UIDSet{after}})
	if err != nil {
		return at, err
	}
	for _, uid := range uids {
		// "n:*" names the last email even if its number is smaller than n.
		if uid <= at.Last {
			continue
		}
		l, received, err := m.fetch(uid)
		if err != nil {
			return at, err
		}
		var events []connectors.Inbound
		if l != nil {
			if events, err = m.inbound(ctx, m.account, l, received); errors.Is(err, errNoSender) {
				m.warn("an email is left in the mailbox: it does not say who wrote it", uid)
			} else if err != nil {
				return at, err
			}
			at.At = received
		}
		next := at
		next.Last = uid
		if err := m.commit(ctx, feed, events, next); err != nil {
			return at, err
		}
		at = next
		if len(events) > 0 {
			if err := m.done(uid); err != nil {
				return at, err
			}
		}
	}
	return at, nil
}

func (m *mailbox) warn(words string, uid imap.UID, more ...any) {
	if m.deps.Logger != nil {
		m.deps.Logger.Warn(words, append([]any{"channel", slog.AnyValue(m.account), "uid", uint32(uid)}, more...)...)
	}
}

// done marks an email as read, or puts it away. What the server does not want is no reason to stop.
func (m *mailbox) done(uid imap.UID) error {
	set := imap.UIDSetNum(uid)
	var err error
	if folder := m.setting(m.account, settingDone); folder != "" {
		_, err = m.client.Move(set, folder).Wait()
	} else {
		err = m.client.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagSeen}}, nil).Close()
	}
	var refused *imap.Error
	if errors.As(err, &refused) {
		m.warn("an email could not be put away", uid, "error", err)
		return nil
	}
	return err
}

// fetch reads one email; nil if it is gone.
func (m *mailbox) fetch(uid imap.UID) (*letter, time.Time, error) {
	about, err := m.fetchOne(uid, &imap.FetchOptions{UID: true, RFC822Size: true, InternalDate: true, BodyStructure: &imap.FetchItemBodyStructure{Extended: true}})
	if err != nil || about == nil {
		return nil, time.Time{}, err
	}
	section := &imap.FetchItemBodySection{Peek: true}
	if about.RFC822Size > maxEmail {
		section.Partial = &imap.SectionPartial{Offset: 0, Size: glimpse}
	}
	got, err := m.fetchOne(uid, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
	if err != nil || got == nil {
		return nil, time.Time{}, err
	}
	var raw []byte
	for _, s := range got.BodySection {
		raw = s.Bytes
	}
	l := read(raw)
	if section.Partial != nil {
		// What is attached to it is named, and stays where it is.
		l.files = outline(about.BodyStructure)
	}
	return l, about.InternalDate, nil
}

func (m *mailbox) fetchOne(uid imap.UID, options *imap.FetchOptions) (*imapclient.FetchMessageBuffer, error) {
	got, err := m.client.Fetch(imap.UIDSetNum(uid), options).Collect()
	if err != nil {
		return nil, fmt.Errorf("fetch email %d: %w", uid, err)
	}
	if len(got) == 0 {
		return nil, nil
	}
	return got[0], nil
}

// outline lists what is attached to an email by its structure alone.
func outline(structure imap.BodyStructure) (all []file) {
	if structure == nil {
		return nil
	}
	structure.Walk(func(_ []int, part imap.BodyStructure) bool {
		single, ok := part.(*imap.BodyStructureSinglePart)
		if !ok || len(all) >= maxFiles {
			return true
		}
		name := decodeHeader(single.Filename())
		if d := single.Disposition(); name == "" && (d == nil || d.Value != "attachment") {
			return true
		}
		all = append(all, file{name: fileName(name), mediaType: plain(single.MediaType(), 100), size: int64(single.Size), leftOut: true})
		return true
	})
	return all
}

// wait returns when there may be new emails: when the server says so, or when it is time to look.
func (m *mailbox) wait(ctx context.Context, idles bool) error {
	if !idles {
		timer := time.NewTimer(m.deps.Poll)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-m.client.Closed():
			return errDropped
		case <-timer.C:
		}
		return m.client.Noop().Wait()
	}
	idle, err := m.client.Idle()
	if err != nil {
		return err
	}
	timer := time.NewTimer(idleFor)
	defer timer.Stop()
	var ended error
	select {
	case <-ctx.Done():
		ended = ctx.Err()
	case <-m.client.Closed():
		ended = errDropped
	case <-m.news:
	case <-timer.C:
	}
	if ended != nil {
		return ended
	}
	if err := idle.Close(); err != nil {
		return err
	}
	return idle.Wait()
}

// errDropped says that the server has dropped the connection.
var errDropped = errors.New("the mail server has dropped the connection")
