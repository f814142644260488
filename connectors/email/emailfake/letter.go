package emailfake

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"net/mail"
	"strings"
	"time"

	"seax/connectors/fake"
)

// Letter is an email that a customer writes.
type Letter struct {
	// ID is the Message-ID, without brackets; "": it has none.
	ID             string
	From, Name, To string
	Subject        string
	Text, HTML     string
	InReplyTo      string
	References     []string
	Files          []fake.File
	At             time.Time
	// Headers come first, as a receiving server writes them on top.
	Headers [][2]string
	// Encrypted: what was written is there, and cannot be read.
	Encrypted bool
	// Report makes it a delivery report.
	Report *Report
}

// Report is what became of an email, by RFC 3464.
type Report struct {
	// Original is the Message-ID of the email; "": the report does not have its header.
	Original  string
	Recipient string
	// Action: failed, delayed, delivered, relayed. Status is like 5.1.1.
	Action, Status, Diagnostic string
}

// boundary parts multiparts. It is the same every time, so that equal letters are equal.
const boundary = "=_seax_fake"

// header is the email's header, by name and value, as they are written.
func (l *Letter) header() [][2]string {
	h := append([][2]string{}, l.Headers...)
	h = append(h, [2]string{"From", (&mail.Address{Name: l.Name, Address: l.From}).String()}, [2]string{"To", "<" + l.To + ">"}, [2]string{"Subject", mime.QEncoding.Encode("utf-8", l.Subject)})
	if l.ID != "" {
		h = append(h, [2]string{"Message-ID", "<" + l.ID + ">"})
	}
	if l.InReplyTo != "" {
		h = append(h, [2]string{"In-Reply-To", "<" + l.InReplyTo + ">"})
	}
	if len(l.References) > 0 {
		h = append(h, [2]string{"References", "<" + strings.Join(l.References, "> <") + ">"})
	}
	return append(h, [2]string{"Date", l.At.Format(time.RFC1123Z)})
}

// MIME is the email as servers pass it on.
func (l *Letter) MIME() []byte {
	var b bytes.Buffer
	for _, h := range l.header() {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("MIME-Version: 1.0\r\n")
	switch {
	case l.Report != nil:
		l.Report.write(&b, l)
	case l.Encrypted:
		multi(&b, `multipart/encrypted; protocol="application/pgp-encrypted"`, func(part func(header, content string)) {
			part("Content-Type: application/pgp-encrypted", "Version: 1\r\n")
			part("Content-Type: application/octet-stream", "-----BEGIN PGP MESSAGE-----\r\n\r\n"+l.Text+"\r\n-----END PGP MESSAGE-----\r\n")
		})
	case l.HTML == "" && len(l.Files) == 0:
		header, content := textPart("plain", l.Text)
		b.WriteString(header + "\r\n\r\n" + content)
	default:
		multi(&b, "multipart/mixed", func(part func(header, content string)) {
			if l.Text != "" || l.HTML == "" {
				part(textPart("plain", l.Text))
			}
			if l.HTML != "" {
				part(textPart("html", l.HTML))
			}
			for _, f := range l.Files {
				part(filePart(f))
			}
		})
	}
	return b.Bytes()
}

func multi(b *bytes.Buffer, kind string, write func(part func(header, content string))) {
	fmt.Fprintf(b, "Content-Type: %s; boundary=%q\r\n\r\n", kind, boundary)
	write(func(header, content string) {
		fmt.Fprintf(b, "--%s\r\n%s\r\n\r\n%s\r\n", boundary, header, strings.TrimSuffix(content, "\r\n"))
	})
	fmt.Fprintf(b, "--%s--\r\n", boundary)
}

func textPart(kind, text string) (header, content string) {
	short := true
	for line := range strings.SplitSeq(text, "\n") {
		short = short && len(line) < 900
	}
	if short && strings.IndexFunc(text, func(r rune) bool { return r > '~' || r < ' ' && r != '\n' && r != '\t' }) < 0 {
		return "Content-Type: text/" + kind + "; charset=utf-8", strings.ReplaceAll(text, "\n", "\r\n") + "\r\n"
	}
	return "Content-Type: text/" + kind + "; charset=utf-8\r\nContent-Transfer-Encoding: base64", base64Lines([]byte(text))
}

func filePart(f fake.File) (header, content string) {
	disposition := mime.FormatMediaType("attachment", map[string]string{"filename": f.Name})
	return "Content-Type: " + f.MediaType + "\r\nContent-Disposition: " + disposition + "\r\nContent-Transfer-Encoding: base64", base64Lines(f.Content)
}

func base64Lines(content []byte) string {
	encoded := base64.StdEncoding.EncodeToString(content)
	var b strings.Builder
	for len(encoded) > 76 {
		b.WriteString(encoded[:76] + "\r\n")
		encoded = encoded[76:]
	}
	return b.String() + encoded + "\r\n"
}

func (r *Report) write(b *bytes.Buffer, l *Letter) {
	multi(b, "multipart/report; report-type=delivery-status", func(part func(header, content string)) {
		part(textPart("plain", l.Text))
		part("Content-Type: message/delivery-status", fmt.Sprintf(
			"Reporting-MTA: dns; %s\r\n\r\nFinal-Recipient: rfc822; %s\r\nAction: %s\r\nStatus: %s\r\nDiagnostic-Code: smtp; %s\r\n", Host, r.Recipient, r.Action, r.Status, r.Diagnostic))
		if r.Original != "" {
			part("Content-Type: text/rfc822-headers", "Message-ID: <"+r.Original+">\r\nTo: "+r.Recipient+"\r\n")
		}
	})
}

// Bounce writes a delivery report about an email of ours.
func (f *Fake) Bounce(to string, r Report) *Letter {
	return &Letter{
		ID: "report-" + f.number() + "@" + Host, From: "mailer-daemon@" + Host, To: to, Subject: "Delivery report", Text: "This is what became of your email.", At: f.Clock(), Report: &r,
		Headers: [][2]string{{"Return-Path", "<>"}, {"Auto-Submitted", "auto-replied"}},
	}
}
