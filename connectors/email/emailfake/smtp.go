package emailfake

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/mail"
	"strings"
	"time"

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

// Talk is how an email was handed to the SMTP server, or not.
type Talk struct {
	At time.Time
	// Host is the name it was called by, with TLS.
	Host string
	// Said are the client's commands, as they were understood.
	Said []string
	Raw  []byte
	// Code and Answer are the server's last words; Lost: there were none.
	Code   int
	Answer string
	Lost   bool
}

// outbox is one talk with the SMTP server.
type outbox struct {
	fake    *Fake
	conn    *smtp.Conn
	account fake.Known
	from    string
	to      []string
	talk    Talk
	// fault is what happens to the email that is being handed over.
	fault fake.Fault
}

// says notes a command.
func (o *outbox) says(format string, values ...any) {
	if len(o.talk.Said) == 0 {
		o.talk.At, o.talk.Host = o.fake.Clock(), Host
		o.talk.Said = []string{"EHLO " + o.conn.Hostname()}
		if state, ok := o.conn.TLSConnectionState(); ok {
			o.talk.Host = state.ServerName
			o.talk.Said = append(o.talk.Said, "STARTTLS ("+tls.VersionName(state.Version)+")")
		}
	}
	o.talk.Said = append(o.talk.Said, fmt.Sprintf(format, values...))
}

// ended tells how the talk about an email went.
func (o *outbox) ended(err error) error {
	if o.fake.Heard == nil {
		return err
	}
	var refused *smtp.SMTPError
	switch t := &o.talk; {
	case err == nil:
		t.Code, t.Answer = 250, "2.0.0 OK: queued"
	case errors.As(err, &refused):
		t.Code, t.Answer = refused.Code, fmt.Sprintf("%d.%d.%d %s", refused.EnhancedCode[0], refused.EnhancedCode[1], refused.EnhancedCode[2], refused.Message)
	default:
		t.Lost = true
	}
	o.fake.Heard(o.talk)
	o.talk = Talk{}
	return err
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
func (*outbox) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth implements smtp.AuthSession.
func (o *outbox) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		o.says("AUTH PLAIN %s", username)
		if err := o.stumble("auth", nil); err != nil {
			return o.ended(err)
		}
		known, ok := o.fake.Find(func(k fake.Known) bool {
			return outUserOf(k.Account) == username && outPasswordOf(k.Account) == password
		})
		if !ok || password == "" {
			return o.ended(smtp.ErrAuthFailed)
		}
		o.account = known
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (o *outbox) Mail(from string, _ *smtp.MailOptions) error {
	o.says("MAIL FROM:<%s>", from)
	if err := o.stumble("mail", nil); err != nil {
		return o.ended(err)
	}
	if o.account.ID == "" {
		return o.ended(smtp.ErrAuthRequired)
	}
	if err := o.suffer(); err != nil {
		return o.ended(err)
	}
	if !strings.EqualFold(from, o.account.Settings["address"]) {
		return o.ended(&smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 60}, Message: "Client does not have permissions to send as this sender"})
	}
	o.from = from
	return nil
}

// Rcpt implements smtp.Session.
func (o *outbox) Rcpt(to string, _ *smtp.RcptOptions) error {
	o.says("RCPT TO:<%s>", to)
	if err := o.stumble("rcpt", nil); err != nil {
		return o.ended(err)
	}
	if len(to) > 320 || !strings.Contains(to, "@") {
		return o.ended(&smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 1, 3}, Message: "Bad address"})
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
	o.says("DATA")
	o.talk.Raw = raw
	err = o.stumble("data", func() error { return o.take(raw) })
	if err == nil && o.fault.Drop == "after" {
		_ = o.conn.Conn().Close()
		err = errLost
	}
	return o.ended(err)
}

// suffer lets the fault that is due for an email happen. What cuts the connection after the email was taken waits until then.
func (o *outbox) suffer() error {
	var waited bool
	if o.fault, waited = o.fake.Due(o.fake.open); !waited {
		return errLost
	}
	switch f := o.fault; {
	case f.Status == http.StatusTooManyRequests:
		return &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: fmt.Sprintf("Too many emails, try again in %d seconds", max(f.RetryAfter, 1))}
	case f.Status != 0:
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Temporary failure"}
	case f.Drop == "before":
		_ = o.conn.Conn().Close()
		return errLost
	}
	return nil
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
	if s.Subject, err = reader.Header.Subject(); err != nil {
		return fake.Sent{}, fmt.Errorf("the subject cannot be read: %w", err)
	}
	if answers, _ := reader.Header.AddressList("Reply-To"); len(answers) > 0 {
		s.Answers = answers[0].Address
	}
	s.References, _ = reader.Header.MsgIDList("References")
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
			text := strings.TrimSuffix(strings.ReplaceAll(string(content), "\r\n", "\n"), "\n")
			if kind, _, _ := h.ContentType(); kind == "text/html" {
				s.HTML += text
			} else {
				s.Text += text
			}
		}
	}
}
