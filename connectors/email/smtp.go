package email

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	netmail "net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"seax/connectors"
	"seax/connectors/wire"
	"seax/internal/conversation"
	"seax/internal/egress"
)

// timeout bounds every step of a talk with a mail server.
const timeout = time.Minute

// Send implements connectors.Connector. Mail servers do not drop repetitions, but every attempt has the same Message-ID: what comes back
// to it says what became of the message.
func (c *Connector) Send(ctx context.Context, account connectors.Account, out connectors.Outgoing) (connectors.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return connectors.Receipt{}, unreached(err)
	}
	own := c.own(account)
	id, err := uuid.Parse(out.ID)
	if own == "" || c.setting(account, settingSMTPHost) == "" || len(account.Secret) == 0 {
		return connectors.Receipt{}, notSet("The email address and the SMTP server are not set.")
	}
	if err != nil {
		return connectors.Receipt{}, &connectors.SendError{Code: connectors.CodeRejected, Words: "The message cannot be written.", Cause: err}
	}
	m, err := c.compose(ctx, account, id, out)
	if err != nil {
		return connectors.Receipt{}, err
	}
	if err := c.hand(ctx, account, m); err != nil {
		return connectors.Receipt{}, err
	}
	return connectors.Receipt{ProviderID: messageID(account, id, own), Status: conversation.StatusSent}, nil
}

// compose writes the email.
func (c *Connector) compose(ctx context.Context, account connectors.Account, id uuid.UUID, out connectors.Outgoing) (*mail.Msg, error) {
	own := c.own(account)
	var last handle
	// Without one there is nothing to answer.
	_ = json.Unmarshal([]byte(out.Last.Handle), &last)
	to := out.Address
	if last.From == out.Address && normal(last.To) != "" {
		to = last.To
	}
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	m.FromMailAddress(&netmail.Address{Name: plain(c.setting(account, settingName), 200), Address: own})
	if err := errors.Join(m.EnvelopeFrom(own), m.To(to)); err != nil {
		return nil, &connectors.SendError{Code: connectors.CodeRejected, Words: "The email address is not one that can be written to.", Cause: err}
	}
	if c.setting(account, settingPlus) == "true" {
		m.ReplyToMailAddress(&netmail.Address{Name: plain(c.setting(account, settingName), 200), Address: replyAddress(account, id, own)})
	}
	m.SetMessageIDWithValue(messageID(account, id, own))
	m.SetDateWithValue(out.At)
	m.Subject(c.subject(account, out, last))
	c.thread(m, out, last)
	if out.From.Kind != conversation.ByAgent {
		m.SetGenHeader("Auto-Submitted", "auto-replied")
		m.SetGenHeader("X-Auto-Response-Suppress", "All")
	}
	m.SetBodyString(mail.TypeTextPlain, legible(out.Message.Text))
	if err := attach(ctx, m, out.Files); err != nil {
		return nil, err
	}
	return m, nil
}

// subject is what the email is about: what it says itself, or what it answers.
func (c *Connector) subject(account connectors.Account, out connectors.Outgoing, last handle) string {
	if e := out.Message.Email; e != nil && plain(e.Subject, 300) != "" {
		return plain(e.Subject, 300)
	}
	if last.ID == "" {
		if s := plain(c.setting(account, settingSubject), 300); s != "" {
			return s
		}
		return plain(account.Name, 300)
	}
	about := plain(last.Subject, 300)
	if answer.MatchString(about) {
		return about
	}
	return strings.TrimSpace("Re: " + about)
}

var answer = regexp.MustCompile(`(?i)^(re|aw|sv|antw|답장|회신)\s*(\[\d+\])?\s*[:：]`)

// maxReferences is how many earlier emails are named.
const maxReferences = 20

// thread says which emails this one answers, so that the customer's program shows them as one.
func (c *Connector) thread(m *mail.Msg, out connectors.Outgoing, last handle) {
	if out.ReplyTo == "" && last.ID == "" {
		return
	}
	parent := out.ReplyTo
	if parent == "" {
		parent = last.ID
	}
	chain := last.References
	if last.ID != "" {
		chain = append(chain, last.ID)
	}
	if !slices.Contains(chain, parent) {
		chain = append(chain, parent)
	}
	var named []string
	for _, id := range chain {
		// Ids that were made up here, and what is no id, name nothing elsewhere.
		if strings.HasPrefix(id, "sha256:") || !reference.MatchString(id) {
			continue
		}
		named = append(named, "<"+id+">")
	}
	if reference.MatchString(parent) && !strings.HasPrefix(parent, "sha256:") {
		m.SetGenHeaderPreformatted("In-Reply-To", "<"+parent+">")
	}
	if len(named) > 0 {
		m.SetGenHeaderPreformatted("References", strings.Join(named[max(0, len(named)-maxReferences):], "\r\n "))
	}
}

// reference is a Message-ID that may be repeated in a header.
var reference = regexp.MustCompile(`^[\x21-\x3b\x3d\x3f-\x7e]{1,500}$`)

func attach(ctx context.Context, m *mail.Msg, files []connectors.File) error {
	var together int64
	for _, f := range files {
		if together += f.Size; together > maxTogether {
			return &connectors.SendError{Code: connectors.CodeRejected, Words: fmt.Sprintf("The files are larger than %d MB together. Send them in several emails.", maxTogether>>20)}
		}
		content, err := f.Open(ctx)
		if err != nil {
			return fmt.Errorf("open file %s: %w", f.ID, err)
		}
		err = m.AttachReader(plain(f.Name, 200), io.LimitReader(content, maxFile+1), mail.WithFileContentType(mail.ContentType(f.MediaType)))
		if closed := content.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return fmt.Errorf("read file %s: %w", f.ID, err)
		}
	}
	return nil
}

// hand hands an email to the account's server. Its errors are *connectors.SendError.
func (c *Connector) hand(ctx context.Context, account connectors.Account, m *mail.Msg) error {
	client, talk, err := c.signIn(ctx, account)
	if err != nil {
		return err
	}
	defer func() { _ = client.CloseWithSMTPClient(talk) }()
	err = client.SendWithSMTPClient(talk, m)
	if err == nil || m.IsDelivered() {
		return nil
	}
	var e *mail.SendError
	if !errors.As(err, &e) {
		return unreached(because(ctx, err))
	}
	if code := e.ErrorCode(); code != 0 {
		refused := refusal(code, e.EnhancedStatusCode()+" "+err.Error())
		refused.Cause = err
		return refused
	}
	if e.Reason == mail.ErrSMTPDataClose {
		// All of it was handed over; what the server did with it is not known.
		return wire.Ambiguous(because(ctx, err))
	}
	return unreached(because(ctx, err))
}

// tryOut signs in and sends nothing.
func (c *Connector) tryOut(ctx context.Context, account connectors.Account) error {
	client, talk, err := c.signIn(ctx, account)
	if err != nil {
		return err
	}
	_ = client.CloseWithSMTPClient(talk)
	return nil
}

// signIn connects to the account's SMTP server. The connection ends with the context.
func (c *Connector) signIn(ctx context.Context, account connectors.Account) (*mail.Client, *smtp.Client, error) {
	host, security := c.setting(account, settingSMTPHost), c.setting(account, settingSMTPSecurity)
	user, password := c.setting(account, settingSMTPUser), c.setting(account, settingSMTPPassword)
	if user == "" {
		user = c.user(account)
	}
	// An SMTP server with a password of its own is another one than the mailbox's.
	oauth := c.oauth(account) && password == ""
	if password == "" && !oauth {
		password = c.setting(account, settingPassword)
	}
	var token string
	if oauth {
		var err error
		if token, err = c.token(ctx, account); err != nil {
			return nil, nil, err
		}
	}
	options := []mail.Option{
		mail.WithPort(c.number(account, settingSMTPPort)), mail.WithTimeout(timeout), mail.WithHELO(domainOf(c.own(account))), mail.WithTLSConfig(c.tls(host)), mail.WithoutNoop(), mail.WithoutRset(),
		mail.WithTLSPolicy(mail.NoTLS), mail.WithDialContextFunc(func(dial context.Context, network, address string) (net.Conn, error) {
			conn, err := c.connect(dial, ctx, network, address)
			if err != nil || security != securityTLS {
				return conn, err
			}
			return handshake(dial, conn, c.tls(host))
		}),
	}
	if security == securitySTARTTLS {
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if oauth {
		options = append(options, mail.WithUsername(user), mail.WithPassword(token), mail.WithSMTPAuth(mail.SMTPAuthXOAUTH2))
	}
	if password != "" {
		options = append(options, mail.WithUsername(user), mail.WithPassword(password))
		if security == securityNone {
			options = append(options, mail.WithSMTPAuth(mail.SMTPAuthPlainNoEnc))
		} else {
			options = append(options, mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin, mail.SMTPAuthCramMD5))
		}
	}
	client, err := mail.NewClient(host, options...)
	if err != nil {
		return nil, nil, &connectors.SendError{Code: connectors.CodeConfig, Words: "The SMTP server's settings are not right.", Cause: err}
	}
	talk, err := client.DialToSMTPClientWithContext(ctx)
	var reply *smtpReply
	if oauth && err != nil && replied(err, &reply) && slices.Contains(notAllowed, reply.code) {
		c.permissions.forget(c.grantOf(account))
		return nil, nil, tokenRefused("SMTP", because(ctx, err))
	}
	if err != nil {
		return nil, nil, notIn(because(ctx, err), "SMTP")
	}
	return client, talk, nil
}

func (c *Connector) user(account connectors.Account) string {
	if user := c.setting(account, settingUser); user != "" {
		return user
	}
	return c.own(account)
}

func (c *Connector) tls(host string) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.deps.TLS != nil {
		config = c.deps.TLS.Clone()
	}
	config.ServerName = host
	return config
}

// connect makes a connection that ends when the context of whoever uses it does. dial bounds only the making.
func (c *Connector) connect(dial, ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := c.deps.Dial(dial, network, address)
	if err != nil {
		return nil, err
	}
	return &bound{conn, context.AfterFunc(ctx, func() { _ = conn.Close() })}, nil
}

// bound is a connection that ends with a context.
type bound struct {
	net.Conn
	forget func() bool
}

// Close implements net.Conn.
func (b *bound) Close() error {
	b.forget()
	return b.Conn.Close()
}

func handshake(ctx context.Context, conn net.Conn, config *tls.Config) (net.Conn, error) {
	secured := tls.Client(conn, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secured, nil
}

// because names the end of the context as the reason, if it was.
func because(ctx context.Context, err error) error {
	if ended := ctx.Err(); ended != nil {
		return errors.Join(ended, err)
	}
	return err
}

func unreached(err error) *connectors.SendError {
	return &connectors.SendError{Code: connectors.CodeConnection, Words: "The mail server could not be reached.", Cause: err}
}

// notIn says why a server was not reached, or did not let us in.
func notIn(err error, protocol string) *connectors.SendError {
	var reply *smtpReply
	switch {
	case errors.Is(err, egress.ErrPrivate):
		words := "The " + protocol + " server is not on the public internet, and its network is not among those that are allowed (SEAX_PRIVATE_NETWORKS)."
		return &connectors.SendError{Code: connectors.CodeConfig, Words: words, Cause: err}
	case replied(err, &reply) && slices.Contains(notAllowed, reply.code):
		return &connectors.SendError{Code: connectors.CodeConfig, Words: "The " + protocol + " server refuses the user name or the password.", Cause: err}
	case replied(err, &reply) && reply.code >= 400 && reply.code < 500:
		return &connectors.SendError{Code: connectors.CodeProvider, Words: "The " + protocol + " server is not available.", Cause: err}
	case replied(err, &reply):
		return &connectors.SendError{Code: connectors.CodeConfig, Words: "The " + protocol + " server does not want to talk to us.", Cause: err}
	case strings.Contains(err.Error(), "does not support"), strings.Contains(err.Error(), "STARTTLS"), errors.Is(err, mail.ErrNoSupportedAuthDiscovered), errors.Is(err, mail.ErrXOauth2AuthNotSupported):
		return &connectors.SendError{Code: connectors.CodeConfig, Words: "The " + protocol + " server does not offer what the settings ask for. Try another security.", Cause: err}
	default:
		return unreached(err)
	}
}

// notAllowed are the replies to who is not let in.
var notAllowed = []int{530, 534, 535, 538}

// smtpReply is what a server said before an email was handed over.
type smtpReply struct{ code int }

// coded is how the library words replies: the code comes first.
var coded = regexp.MustCompile(`(?:^|: )([245]\d\d)[ -]`)

func replied(err error, into **smtpReply) bool {
	m := coded.FindStringSubmatch(err.Error())
	if m == nil {
		return false
	}
	code, _ := strconv.Atoi(m[1])
	*into = &smtpReply{code}
	return true
}

// patience finds how long a server wants us to wait, in its own words.
var patience = regexp.MustCompile(`(?i)\b(\d{1,5}) ?(s|sec|seconds?|m|min|minutes?)\b`)

// refusal classifies what a server said of an email: by its reply code (0: unknown, a report) and the enhanced status in its text.
func refusal(code int, text string) *connectors.SendError {
	class, subject, detail := 0, "", ""
	if m := enhanced.FindStringSubmatch(text); m != nil {
		class, _ = strconv.Atoi(m[1])
		subject, detail = m[2], m[3]
	}
	temporary := code >= 400 && code < 500
	e := &connectors.SendError{}
	switch {
	case temporary && (code == 450 || code == 451) && (subject == "7" || patience.MatchString(text) || strings.Contains(strings.ToLower(text), "greylist")):
		e.Code, e.Words, e.RetryAfter = connectors.CodeThrottled, "The mail server wants us to wait.", wait(text)
	case temporary:
		e.Code, e.Words = connectors.CodeProvider, "The mail server cannot take the email now."
	case code == 530 || code == 534 || code == 535 || code == 538:
		e.Code, e.Words = connectors.CodeConfig, "The mail server refuses the channel's user name or password."
	case class == 5 && subject == "7" && (detail == "60" || detail == "8" || detail == "0") && code == 550 && strings.Contains(strings.ToLower(text), "send as"):
		e.Code, e.Words = connectors.CodeConfig, "The mail server does not let this user write from the channel's address."
	case subject == "2" && detail == "2":
		e.Code, e.Words = connectors.CodeUnreachable, "The customer's mailbox is full."
	case subject == "1" || subject == "2" || subject == "4", code == 551 || code == 553:
		e.Code, e.Words = connectors.CodeUnreachable, "There is no such mailbox; the email came back."
	case subject == "3" && detail == "4", subject == "2" && detail == "3", code == 552:
		e.Code, e.Words = connectors.CodeRejected, "The email is too large for the customer's mailbox. Send fewer or smaller files."
	case subject == "7":
		e.Code, e.Words = connectors.CodeRejected, "The customer's mail server refuses the email by its rules."
	case subject == "" && code == 550:
		e.Code, e.Words = connectors.CodeUnreachable, "There is no such mailbox; the email came back."
	default:
		e.Code, e.Words = connectors.CodeRejected, "The mail server refuses this email."
	}
	return e
}

func wait(text string) time.Duration {
	m := patience.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	if strings.HasPrefix(strings.ToLower(m[2]), "m") {
		return time.Duration(n) * time.Minute
	}
	return time.Duration(n) * time.Second
}
