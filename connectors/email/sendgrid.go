package email

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"seax/connectors"
)

// The headers of a request that SendGrid has signed.
const (
	headerSignature = "X-Twilio-Email-Event-Webhook-Signature"
	headerTimestamp = "X-Twilio-Email-Event-Webhook-Timestamp"
)

// publicKey reads a key as SendGrid shows it: base64, with or without the lines around it.
func publicKey(v string) (*ecdsa.PublicKey, error) {
	var der []byte
	if block, _ := pem.Decode([]byte(v)); block != nil {
		der = block.Bytes
	} else {
		decoded, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(v), ""))
		if err != nil {
			return nil, err
		}
		der = decoded
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*ecdsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("a key of type %T", parsed)
	}
	return key, nil
}

func checkPublicKey(v string) error {
	if _, err := publicKey(v); err != nil {
		return errors.New("give the public key as SendGrid shows it")
	}
	return nil
}

// verifySendGrid checks the signature over the time and the whole body, if the account has a key for it. A repeated request is the same
// email again, and dropped by its id.
func (c *Connector) verifySendGrid(account connectors.Account, r *connectors.Request) error {
	configured := c.setting(account, settingSendGridKey)
	if configured == "" {
		return nil
	}
	key, err := publicKey(configured)
	if err != nil {
		return fmt.Errorf("public key: %w", err)
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(r.Header.Get(headerSignature))
	if err != nil {
		return errors.New("no signature")
	}
	h := sha256.New()
	h.Write([]byte(r.Header.Get(headerTimestamp)))
	h.Write(r.Body)
	if !ecdsa.VerifyASN1(key, h.Sum(nil), signature) {
		return errors.New("wrong signature")
	}
	return nil
}

// sendGridLetter reads what Inbound Parse posts: the whole email, or its fields, each in its own charset.
func sendGridLetter(r *connectors.Request) (*letter, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	var envelope struct {
		To   []string `json:"to"`
		From string   `json:"from"`
	}
	// Without one the header says whom it was for.
	_ = json.Unmarshal(f.fields["envelope"], &envelope)
	var l *letter
	if raw := f.fields["email"]; raw != nil {
		if l, err = whole(raw); err != nil {
			return nil, err
		}
	} else if l, err = sendGridFields(f); err != nil {
		return nil, err
	} else {
		l.raw = r.Body
	}
	l.recipients = append(l.recipients, envelope.To...)
	l.believed = sendGridBelieves(l, f.text("dkim"), f.text("SPF"), envelope.From)
	return l, nil
}

func sendGridFields(f *form) (*letter, error) {
	var charsets map[string]string
	// Fields without one are guessed.
	_ = json.Unmarshal(f.fields["charsets"], &charsets)
	text := func(name string) string { return legible(decodeText(f.fields[name], charsets[name])) }
	header := rawHeader(f.fields["headers"])
	for name, field := range map[string]string{"From": "from", "To": "to", "Cc": "cc", "Subject": "subject"} {
		if value := text(field); value != "" {
			header[name] = []string{value}
		}
	}
	var info map[string]struct {
		Filename string `json:"filename"`
		Name     string `json:"name"`
	}
	_ = json.Unmarshal(f.fields["attachment-info"], &info)
	for i := range f.files {
		if named := info[f.files[i].field]; named.Filename != "" {
			f.files[i].name = fileName(named.Filename)
		}
	}
	l := f.letter(header)
	if l.from == nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, errNoSender)
	}
	l.text, l.html = text("text"), text("html")
	return l, nil
}

// passed are the results in "{@example.com : pass, @other.example : fail}".
var passed = regexp.MustCompile(`@([^\s:,{}]+)\s*:\s*pass\b`)

// sendGridBelieves reads what SendGrid, which has received the email for us, says of its sender.
func sendGridBelieves(l *letter, dkim, spf, envelopeFrom string) bool {
	if l.from == nil || len(l.header["From"]) != 1 || len(addresses(l.header["From"])) != 1 {
		return false
	}
	domain := domainOf(l.from.Address)
	for _, m := range passed.FindAllStringSubmatch(strings.ToLower(dkim), 20) {
		if m[1] == domain {
			return true
		}
	}
	return strings.EqualFold(strings.TrimSpace(spf), "pass") && envelopeFrom != "" && strings.EqualFold(domainOf(normal(envelopeFrom)), domain)
}
