package emailfake

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"seax/connectors"
)

// Request makes the request with which an account's provider hands an email on.
func (f *Fake) Request(account connectors.Account, l *Letter) (*connectors.Request, error) {
	var body []byte
	var err error
	switch transport := account.Settings["transport"]; transport {
	case "mailgun":
		body, err = f.mailgun(account, l)
	case "sendgrid":
		body, err = f.sendGrid(l)
	case "postmark":
		body, err = f.postmark(l)
	default:
		return nil, fmt.Errorf("nobody posts emails of %q", transport)
	}
	if err != nil {
		return nil, err
	}
	return f.Raw(account, body), nil
}

// formBoundary parts the fields of forms.
const formBoundary = "seaxfakeform"

// Raw makes an authentic request with any body. What Mailgun signs is in the body: one without a signature is put into a form that has
// one, as if it were an email.
func (f *Fake) Raw(account connectors.Account, body []byte) *connectors.Request {
	known, _ := f.Account(account.ID)
	at, err := url.Parse(known.Webhook)
	if err != nil {
		panic(err)
	}
	r := &connectors.Request{Method: http.MethodPost, URL: at, Header: http.Header{"Content-Type": {"multipart/form-data; boundary=" + formBoundary}}}
	user, password := f.Password(known.Account)
	r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
	switch account.Settings["transport"] {
	case "mailgun":
		if !bytes.Contains(body, []byte(`name="signature"`)) {
			body, _ = f.signed(account, [][2]string{{"body-mime", string(body)}}, nil)
			break
		}
		// Another body has a token of its own.
		token := "token-" + f.number()
		body = tokenField.ReplaceAll(body, []byte("${1}"+token))
		body = signatureField.ReplaceAll(body, []byte("${1}"+signMailgun(account, string(timestampField.FindSubmatch(body)[1]), token)))
	case "sendgrid":
		timestamp := strconv.FormatInt(f.Clock().Unix(), 10)
		sum := sha256.Sum256(append([]byte(timestamp), body...))
		signature, err := ecdsa.SignASN1(rand.Reader, f.SendGridKey, sum[:])
		if err != nil {
			panic(err)
		}
		r.Header.Set("X-Twilio-Email-Event-Webhook-Signature", base64.StdEncoding.EncodeToString(signature))
		r.Header.Set("X-Twilio-Email-Event-Webhook-Timestamp", timestamp)
	case "postmark":
		r.Header.Set("Content-Type", "application/json")
	}
	r.Body = body
	return r
}

// SendGridPublicKey is the key that verifies what SendGrid posts, as SendGrid shows it.
func (f *Fake) SendGridPublicKey() string {
	der, err := x509.MarshalPKIXPublicKey(&f.SendGridKey.PublicKey)
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

// signed makes a form with Mailgun's signature in it.
func (f *Fake) signed(account connectors.Account, fields [][2]string, l *Letter) ([]byte, error) {
	timestamp, token := strconv.FormatInt(f.Clock().Unix(), 10), "token-"+f.number()
	signature := [][2]string{{"timestamp", timestamp}, {"token", token}, {"signature", signMailgun(account, timestamp, token)}}
	return form(append(signature, fields...), "attachment-", l)
}

var (
	timestampField = regexp.MustCompile(`name="timestamp"\r\n\r\n(\d+)`)
	tokenField     = regexp.MustCompile(`(name="token"\r\n\r\n)[^\r]*`)
	signatureField = regexp.MustCompile(`(name="signature"\r\n\r\n)[^\r]*`)
)

func signMailgun(account connectors.Account, timestamp, token string) string {
	h := hmac.New(sha256.New, []byte(account.Secrets["mailgun_key"]))
	h.Write([]byte(timestamp + token))
	return hex.EncodeToString(h.Sum(nil))
}

// form writes fields and a letter's files.
func form(fields [][2]string, prefix string, l *Letter) ([]byte, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.SetBoundary(formBoundary); err != nil {
		return nil, err
	}
	for _, field := range fields {
		if err := w.WriteField(field[0], field[1]); err != nil {
			return nil, err
		}
	}
	if l != nil {
		for i, file := range l.Files {
			part, err := w.CreatePart(textproto.MIMEHeader{
				"Content-Disposition": {fmt.Sprintf(`form-data; name="%s%d"; filename=%q`, prefix, i+1, file.Name)}, "Content-Type": {file.MediaType},
			})
			if err != nil {
				return nil, err
			}
			if _, err := part.Write(file.Content); err != nil {
				return nil, err
			}
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

func (f *Fake) mailgun(account connectors.Account, l *Letter) ([]byte, error) {
	fields := [][2]string{{"recipient", l.To}, {"sender", l.From}}
	if !f.Fields || l.Report != nil || l.Encrypted {
		return f.signed(account, append(fields, [2]string{"body-mime", string(l.MIME())}), nil)
	}
	headers, err := json.Marshal(l.header())
	if err != nil {
		return nil, err
	}
	return f.signed(account, append(fields, [2]string{"from", value(l, "From")}, [2]string{"subject", l.Subject}, [2]string{"Message-Id", "<" + l.ID + ">"},
		[2]string{"body-plain", l.Text}, [2]string{"body-html", l.HTML}, [2]string{"message-headers", string(headers)}, [2]string{"attachment-count", strconv.Itoa(len(l.Files))}), l)
}

func value(l *Letter, name string) string {
	for _, h := range l.header() {
		if h[0] == name {
			return h[1]
		}
	}
	return ""
}

func (f *Fake) sendGrid(l *Letter) ([]byte, error) {
	envelope, err := json.Marshal(map[string]any{"to": []string{l.To}, "from": l.From})
	if err != nil {
		return nil, err
	}
	fields := [][2]string{{"envelope", string(envelope)}, {"SPF", "pass"}, {"dkim", "none"}, {"charsets", `{"to":"UTF-8","from":"UTF-8","subject":"UTF-8","text":"utf-8","html":"utf-8"}`}}
	if !f.Fields || l.Report != nil || l.Encrypted {
		return form(append(fields, [2]string{"email", string(l.MIME())}), "attachment", nil)
	}
	var raw strings.Builder
	for _, h := range l.header() {
		raw.WriteString(h[0] + ": " + h[1] + "\n")
	}
	info := map[string]any{}
	for i, file := range l.Files {
		info[fmt.Sprintf("attachment%d", i+1)] = map[string]string{"filename": file.Name, "name": file.Name, "type": file.MediaType}
	}
	encoded, err := json.Marshal(info)
	if err != nil {
		return nil, err
	}
	return form(append(fields, [2]string{"headers", raw.String()}, [2]string{"from", value(l, "From")}, [2]string{"to", l.To}, [2]string{"subject", l.Subject}, [2]string{"text", l.Text}, [2]string{"html", l.HTML},
		[2]string{"attachments", strconv.Itoa(len(l.Files))}, [2]string{"attachment-info", string(encoded)}), "attachment", l)
}

func (f *Fake) postmark(l *Letter) ([]byte, error) {
	var headers []map[string]string
	for _, h := range l.header() {
		headers = append(headers, map[string]string{"Name": h[0], "Value": h[1]})
	}
	body := map[string]any{
		"FromFull": map[string]string{"Email": l.From, "Name": l.Name, "MailboxHash": ""}, "ToFull": []map[string]string{{"Email": l.To}}, "CcFull": []any{}, "OriginalRecipient": l.To, "Subject": l.Subject,
		"MessageID": "pm-" + l.ID, "Date": value(l, "Date"), "TextBody": l.Text, "HtmlBody": l.HTML, "StrippedTextReply": "", "Headers": headers,
	}
	if !f.Fields || l.Report != nil || l.Encrypted {
		body["RawEmail"] = string(l.MIME())
	}
	var files []map[string]any
	for _, file := range l.Files {
		files = append(files, map[string]any{"Name": file.Name, "Content": base64.StdEncoding.EncodeToString(file.Content), "ContentType": file.MediaType, "ContentLength": len(file.Content)})
	}
	body["Attachments"] = files
	return json.Marshal(body)
}
