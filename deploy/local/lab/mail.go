package lab

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"seax/connectors"
	"seax/connectors/email"
	"seax/connectors/email/emailfake"
	"seax/connectors/fake"
)

// mailHosts are the mail servers the lab is, beside those of emailfake.Host.
var mailHosts = []string{"smtp.mailgun.org", "smtp.eu.mailgun.org", "smtp.sendgrid.net", "smtp.postmarkapp.com"}

// MailCertificate makes what the lab's mail servers show, and the file that has SeaX believe it (SEAX_PROVIDER_CA).
func MailCertificate() (certificate tls.Certificate, authority []byte, err error) {
	if certificate, err = emailfake.Certificate(mailHosts...); err != nil {
		return certificate, nil, fmt.Errorf("make the mail servers' certificate: %w", err)
	}
	return certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Leaf.Raw}), nil
}

// openMail starts the mail servers.
func (l *Lab) openMail() error {
	certificate := l.options.Certificate
	if certificate == nil {
		made, _, err := MailCertificate()
		if err != nil {
			return err
		}
		certificate = &made
	}
	var err error
	if l.Mail, err = emailfake.New(time.Now, *certificate); err != nil {
		return fmt.Errorf("start the mail servers: %w", err)
	}
	connector := email.New(email.Deps{Deps: connectors.Deps{PublicURL: l.options.PublicURL, Clock: time.Now}})
	l.Mail.Password = func(account connectors.Account) (user, password string) {
		for _, item := range connector.Setup(account) {
			if at, err := url.Parse(item.Value); err == nil && at.User != nil {
				user = at.User.Username()
				password, _ = at.User.Password()
			}
		}
		return user, password
	}
	l.Mail.Heard = func(t emailfake.Talk) {
		l.tape.add(Exchange{
			Provider: l.names[l.Mail], At: t.At, Out: true, Method: "SMTP", URL: "smtp://" + t.Host + "/", Header: t.Said, Body: shown(t.Raw), Status: t.Code, Answer: t.Answer,
			Millis: float64(time.Since(t.At).Microseconds()) / 1000, Lost: t.Lost,
		})
	}
	return nil
}

// serveMail connects SeaX with the mail server it asks for.
func (l *Lab) serveMail(w http.ResponseWriter, r *http.Request) {
	_, port, _ := net.SplitHostPort(r.Host)
	door := l.Mail.Door(port)
	if door == "" {
		http.Error(w, "No mail server of the lab listens on port "+port+".", http.StatusBadGateway)
		return
	}
	server, err := new(net.Dialer).DialContext(r.Context(), "tcp", door)
	if err != nil {
		http.Error(w, "The lab's mail servers have stopped.", http.StatusBadGateway)
		return
	}
	defer func() { _ = server.Close() }()
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = client.Close() }()
	if _, err := io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	join(client, server)
}

// join passes on what two connections say, until one of them ends.
func join(a, b net.Conn) {
	ended := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{a, b}, {b, a}} {
		go func() {
			_, _ = io.Copy(way[0], way[1])
			ended <- struct{}{}
		}()
	}
	<-ended
}

// actByMail has a customer write an email, or their mailbox report on one.
func (l *Lab) actByMail(account connectors.Account, done *act) error {
	letter, err := l.write(account, done.Act)
	if err != nil {
		return err
	}
	if done.Type != "bounce" {
		done.letter = letter
	}
	if account.Settings["transport"] == "imap" {
		done.told = true
		if err := l.Mail.Deliver(account, letter.MIME()); err != nil {
			return fmt.Errorf("the email cannot be put into the mailbox: %w", err)
		}
		l.tape.add(Exchange{Provider: l.names[l.Mail], At: time.Now(), Method: "DELIVER", URL: "imap://" + emailfake.Host + "/INBOX", Header: []string{}, Body: shown(letter.MIME())})
		l.hand(l.Mail, done)
		return nil
	}
	r, err := l.Mail.Request(account, letter)
	if err != nil {
		return err
	}
	l.hand(l.Mail, done, r)
	return nil
}

// write writes the email. A mailbox that sends one back reports to who has sent it.
func (l *Lab) write(account connectors.Account, what fake.Act) (*emailfake.Letter, error) {
	if what.Type != "bounce" {
		return l.Mail.Write(account, what)
	}
	if !slices.ContainsFunc(l.Mail.Sent(what.From), func(s fake.Sent) bool { return s.ID == what.Target }) {
		return nil, errors.New("there is no such email in the mailbox")
	}
	return l.Mail.Bounce(account.Settings["address"], emailfake.Report{Original: what.Target, Recipient: what.From, Action: "failed", Status: "5.2.2", Diagnostic: "552 5.2.2 Mailbox full"}), nil
}
