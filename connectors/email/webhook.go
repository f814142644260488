package email

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"seax/connectors"
)

// Admit implements connectors.Doorkeeper: every provider shows the password that is in the address it was given.
func (*Connector) Admit(account connectors.Account, method string, header http.Header) error {
	if method != http.MethodPost || len(account.Secret) == 0 {
		return fmt.Errorf("method %s: %w", method, connectors.ErrUnauthenticated)
	}
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(webhookUser+":"+webhookPassword(account)))
	if !hmac.Equal([]byte(header.Get("Authorization")), []byte(want)) {
		return connectors.ErrUnauthenticated
	}
	return nil
}

// Authenticate implements connectors.Connector. Mailgun and (if it was told to) SendGrid sign besides.
func (c *Connector) Authenticate(_ context.Context, account connectors.Account, r *connectors.Request) (connectors.Caller, error) {
	err := c.Admit(account, r.Method, r.Header)
	if err != nil {
		return connectors.Caller{}, err
	}
	switch c.setting(account, settingTransport) {
	case byMailgun:
		err = c.verifyMailgun(account, r)
	case bySendGrid:
		err = c.verifySendGrid(account, r)
	case byPostmark:
	default:
		err = errors.New("the account reads a mailbox")
	}
	if err != nil {
		return connectors.Caller{}, errors.Join(connectors.ErrUnauthenticated, err)
	}
	return connectors.Caller{}, nil
}

// errMalformed is wrapped by everything that is wrong with a request's form.
var errMalformed = errors.New("malformed")

// Parse implements connectors.Connector: a request holds one email.
func (c *Connector) Parse(ctx context.Context, account connectors.Account, _ connectors.Caller, r *connectors.Request) (connectors.Batch, error) {
	var l *letter
	var err error
	switch c.setting(account, settingTransport) {
	case byMailgun:
		l, err = mailgunLetter(r)
	case bySendGrid:
		l, err = sendGridLetter(r)
	default:
		l, err = postmarkLetter(r)
	}
	if err != nil {
		return connectors.Batch{}, err
	}
	events, err := c.inbound(ctx, account, l, time.Time{})
	switch {
	case errors.Is(err, errNoSender):
		return connectors.Batch{}, fmt.Errorf("%w: %w", errMalformed, err)
	case err != nil:
		// It is no fault of the email's that we cannot keep its files now: the provider is to send it again.
		c.note("an email could not be taken in", account, err)
		return connectors.Batch{Respond: later}, nil
	}
	return connectors.Batch{Events: events}, nil
}

// later asks the provider to send the email again.
func later([]connectors.Result) connectors.Response {
	return connectors.JSON(http.StatusServiceUnavailable, map[string]any{
		"title": http.StatusText(http.StatusServiceUnavailable), "status": http.StatusServiceUnavailable, "code": "unavailable", "detail": "Try again in a moment.",
	})
}

func (c *Connector) note(words string, account connectors.Account, err error) {
	if c.deps.Logger != nil {
		c.deps.Logger.Error(words, "channel", account.ID, "error", err)
	}
}

// form is a posted form. Its fields are bytes: each may be in a charset of its own.
type form struct {
	fields map[string][]byte
	files  []formFile
}

type formFile struct {
	field string
	file
	contentID string
}

// maxFormParts bounds how many fields a form may have.
const maxFormParts = 300

func readForm(r *connectors.Request) (*form, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, fmt.Errorf("%w: the request is no form", errMalformed)
	}
	f := &form{fields: map[string][]byte{}}
	if kind == "application/x-www-form-urlencoded" {
		values, err := url.ParseQuery(string(r.Body))
		if err != nil {
			return nil, fmt.Errorf("%w: the form cannot be read", errMalformed)
		}
		for name, all := range values {
			f.fields[name] = []byte(all[0])
		}
		return f, nil
	}
	if kind != "multipart/form-data" || params["boundary"] == "" {
		return nil, fmt.Errorf("%w: the request is no form", errMalformed)
	}
	parts := multipart.NewReader(bytes.NewReader(r.Body), params["boundary"])
	for range maxFormParts {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w: the form cannot be read", errMalformed)
		}
		content, err := io.ReadAll(p)
		if err != nil {
			return nil, fmt.Errorf("%w: the form is cut off", errMalformed)
		}
		name := p.FormName()
		if p.FileName() == "" && !strings.HasPrefix(name, "attachment") || f.fields[name] == nil && isText(name) {
			f.fields[name] = content
			continue
		}
		mediaType, _, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if err != nil {
			mediaType = "application/octet-stream"
		}
		if p.FileName() == "" {
			// attachment-info and the like.
			f.fields[name] = content
			continue
		}
		f.files = append(f.files, formFile{name, newFile(decodeHeader(p.FileName()), mediaType, content), ""})
	}
	return nil, fmt.Errorf("%w: the form has too many fields", errMalformed)
}

// isText lists fields that some providers send as if they were files.
func isText(name string) bool { return name == "email" || name == "body-mime" }

func (f *form) text(name string) string { return legible(guess(f.fields[name])) }

func (f *form) letter(header textproto.MIMEHeader) *letter {
	l := &letter{}
	l.address(header)
	for _, one := range f.files {
		if len(l.files) < maxFiles {
			l.files = append(l.files, one.file)
		}
	}
	return l
}

// whole reads an email that a provider hands on as it came.
func whole(raw []byte) (*letter, error) {
	l := read(raw)
	if l.from == nil && l.report == nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, errNoSender)
	}
	return l, nil
}

// pairs reads a header that is given as a list of names and values.
func pairs(encoded []byte) textproto.MIMEHeader {
	var list [][2]string
	if err := json.Unmarshal(encoded, &list); err != nil {
		return nil
	}
	header := textproto.MIMEHeader{}
	for _, one := range list[:min(len(list), 1000)] {
		header.Add(textproto.CanonicalMIMEHeaderKey(one[0]), one[1])
	}
	return header
}

// fill sets what a header does not have from a field of its own.
func fill(header textproto.MIMEHeader, name, value string) {
	if header.Get(name) == "" && value != "" {
		header[name] = []string{value}
	}
}
