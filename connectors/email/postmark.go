package email

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/mail"
	"net/textproto"

	"seax/connectors"
)

// postmark is an email as Postmark posts it.
type postmark struct {
	FromFull          postmarkAddress
	ToFull, CcFull    []postmarkAddress
	From, ReplyTo     string
	OriginalRecipient string
	Subject           string
	// MessageID is Postmark's own; the email's is among the headers.
	MessageID          string
	Date               string
	TextBody, HtmlBody string
	// RawEmail is the whole email, if Postmark was told to send it.
	RawEmail    string
	Headers     []struct{ Name, Value string }
	Attachments []struct {
		Name, Content, ContentType, ContentID string
	}
}

type postmarkAddress struct{ Email, Name string }

func (a postmarkAddress) String() string {
	if normal(a.Email) == "" {
		return ""
	}
	return (&mail.Address{Name: a.Name, Address: normal(a.Email)}).String()
}

// postmarkLetter reads what an inbound stream posts.
func postmarkLetter(r *connectors.Request) (*letter, error) {
	var p postmark
	if err := json.Unmarshal(r.Body, &p); err != nil {
		return nil, fmt.Errorf("%w: the request is not the JSON expected", errMalformed)
	}
	if p.RawEmail != "" {
		l, err := whole([]byte(p.RawEmail))
		if err != nil {
			return nil, err
		}
		l.recipients = append(l.recipients, normal(p.OriginalRecipient))
		return l, nil
	}
	header := textproto.MIMEHeader{}
	for _, h := range p.Headers[:min(len(p.Headers), 1000)] {
		header.Add(textproto.CanonicalMIMEHeaderKey(h.Name), h.Value)
	}
	for name, all := range map[string][]postmarkAddress{"From": {p.FromFull}, "To": p.ToFull, "Cc": p.CcFull} {
		header.Del(name)
		for _, a := range all {
			if s := a.String(); s != "" {
				header.Add(name, s)
			}
		}
	}
	fill(header, "From", p.From)
	fill(header, "Reply-To", p.ReplyTo)
	fill(header, "Date", p.Date)
	fill(header, "Message-Id", p.MessageID)
	if p.Subject != "" {
		header["Subject"] = []string{p.Subject}
	}
	l := &letter{raw: r.Body}
	l.address(header)
	if l.from == nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, errNoSender)
	}
	l.recipients = append(l.recipients, normal(p.OriginalRecipient))
	l.text, l.html = legible(p.TextBody), legible(p.HtmlBody)
	for _, a := range p.Attachments[:min(len(p.Attachments), maxFiles)] {
		content, err := base64.StdEncoding.DecodeString(a.Content)
		if err != nil {
			return nil, fmt.Errorf("%w: an attachment cannot be read", errMalformed)
		}
		l.files = append(l.files, newFile(a.Name, a.ContentType, content))
	}
	return l, nil
}
