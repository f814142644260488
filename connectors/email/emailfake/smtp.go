package emailfake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"strings"

	_ "github.com/emersion/go-message/charset" // texts in any charset
	message "github.com/emersion/go-message/mail"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"seax/connectors/fake"
)

// Trouble is a way in which the SMTP server misbehaves, for one talk.
type Trouble struct {
	// At is when: auth, mail, rcpt or data.
	At string
	// Code, Enhanced and Text are what it says; with Code 0 it says nothing and the connection is lost.
	Code     int
	Enhanced smtp.EnhancedCode
	Text     string
	// Taken: it has taken the email before.
	Taken bool
	// Hang is closed, and nothing is ever said.
	Hang chan struct{}
}

// Misbehaves makes the SMTP server treat the next talks like this, one each.
func (f *Fake) Misbehaves(troubles ...Trouble) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.troubles = append(f.troubles, troubles...)
}

// trouble takes the next trouble off the list, if it is for this moment.
func (f *Fake) trouble(at string) (Trouble, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.troubles) == 0 || f.troubles[0].At != at {
		return Trouble{}, false
	}
	t := f.troubles[0]
	f.troubles = f.troubles[1:]
	return t, true
}

// Letters are the emails that were taken, as they came.
func (f *Fake) Letters() [][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([][]byte{}, f.letters...)
}

// outbox is one talk with the SMTP server.
type outbox struct {
	fake    *Fake
	conn    *smtp.Conn
	account fake.Known
	from    string
	to      []string
}

var errLost = errors.New("the connection is lost")

// stumble misbehaves if it is time to.
func (o *outbox) stumble(at string, taken func() error) error {
	t, ok := o.fake.trouble(at)
	if !ok {
		if taken != nil {
			return taken()
		}
		return nil
	}
	if t.Taken && taken != nil {
		if err := taken(); err != nil {
			return err
		}
	}
	switch {
	case t.Hang != nil:
		close(t.Hang)
		_, _ = io.Copy(io.Discard, o.conn.Conn())
	case t.Code != 0:
		return &smtp.SMTPError{Code: t.Code, EnhancedCode: t.Enhanced, Message: t.Text}
	}
	_ = o.conn.Conn().Close()
	return errLost
}

// AuthMechanisms implements smtp.AuthSession.
func (*outbox) AuthMechanisms() []string { return []string{sasl.Plain, xoauth2Name} }

// Auth implements smtp.AuthSession.
func (o *outbox) Auth(mechanism string) (sasl.Server, error) {
	if mechanism == xoauth2Name {
		return &xoauth2{fake: o.fake, refused: smtp.ErrAuthFailed, in: func(known fake.Known) error {
			o.account = known
			return o.stumble("auth", nil)
		}}, nil
	}
	return sasl.NewPlainServer(func(_, username, password string) error {
		if err := o.stumble("auth", nil); err != nil {
			return err
		}
		known, ok := o.fake.Find(func(k fake.Known) bool { return userOf(k.Account) == username })
		if !ok || password == "" || known.Secrets["password"] != password {
			return smtp.ErrAuthFailed
		}
		o.account = known
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (o *outbox) Mail(from string, _ *smtp.MailOptions) error {
	if err := o.stumble("mail", nil); err != nil {
		return err
	}
	if o.account.ID == "" {
		return smtp.ErrAuthRequired
	}
	if !strings.EqualFold(from, o.account.Settings["address"]) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 60}, Message: "Client does not have permissions to send as this sender"}
	}
	o.from = from
	return nil
}

// Rcpt implements smtp.Session.
func (o *outbox) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := o.stumble("rcpt", nil); err != nil {
		return err
	}
	if len(to) > 320 || !strings.Contains(to, "@") {
		return &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 1, 3}, Message: "Bad address"}
	}
	o.to = append(o.to, to)
	return nil
}

// Reset implements smtp.Session.
func (o *outbox) Reset() { o.from, o.to = "", nil }

// Logout implements smtp.Session.
func (*outbox) Logout() error { return nil }

// Data implements smtp.Session.
func (o *outbox) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return o.stumble("data", func() error { return o.take(raw) })
}

// take keeps an email, if it is one.
func (o *outbox) take(raw []byte) error {
	s, err := o.understand(raw)
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: err.Error()}
	}
	o.fake.mu.Lock()
	o.fake.letters = append(o.fake.letters, raw)
	o.fake.mu.Unlock()
	for _, to := range o.to {
		s.To = to
		o.fake.Take(s)
	}
	return nil
}

// understand reads an email as strictly as the strictest server.
func (o *outbox) understand(raw []byte) (fake.Sent, error) {
	for line := range bytes.SplitSeq(raw, []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsAny(line, "\r\n\x00") {
			return fake.Sent{}, errors.New("a line is too long, or not ended properly")
		}
	}
	strict, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return fake.Sent{}, fmt.Errorf("the header cannot be read: %w", err)
	}
	for _, name := range []string{"From", "To", "Date", "Message-Id", "Subject"} {
		if len(strict.Header[name]) != 1 {
			return fake.Sent{}, fmt.Errorf("there must be one %s", name)
		}
	}
	if a, err := mail.ParseAddress(strict.Header.Get("From")); err != nil || !strings.EqualFold(a.Address, o.from) {
		return fake.Sent{}, errors.New("it is not from whom it says")
	}
	reader, err := message.CreateReader(bytes.NewReader(raw))
	if err != nil {
		return fake.Sent{}, err
	}
	id, err := reader.Header.MessageID()
	if err != nil || id == "" {
		return fake.Sent{}, errors.New("the Message-ID is none")
	}
	s := fake.Sent{ID: id, Account: o.account.ID, From: o.from, At: o.fake.Clock()}
	if answered, _ := reader.Header.MsgIDList("In-Reply-To"); len(answered) > 0 {
		s.ReplyTo = answered[0]
	}
	for {
		p, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return s, err
		}
		content, err := io.ReadAll(p.Body)
		if err != nil {
			return s, err
		}
		switch h := p.Header.(type) {
		case *message.AttachmentHeader:
			name, _ := h.Filename()
			kind, _, _ := h.ContentType()
			s.Files = append(s.Files, fake.File{Name: name, MediaType: kind, Content: content})
		case *message.InlineHeader:
			s.Text += strings.TrimSuffix(strings.ReplaceAll(string(content), "\r\n", "\n"), "\n")
		}
	}
}
