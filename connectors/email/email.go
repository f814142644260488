// Package email joins a mailbox: what comes in is heard over IMAP or posted by Mailgun, SendGrid or Postmark, what goes out is handed to
// an SMTP server. How emails are put into conversations, and whom they are believed, is in docs/channels/email.md.
package email

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"seax/connectors"
	"seax/internal/conversation"
)

// Kind is this channel's kind.
const Kind = "email"

// The settings of an account.
const (
	settingTransport    = "transport"
	settingAddress      = "address"
	settingName         = "sender_name"
	settingUser         = "username"
	settingPassword     = "password"
	settingSMTPHost     = "smtp_host"
	settingSMTPPort     = "smtp_port"
	settingSMTPSecurity = "smtp_security"
	settingSMTPUser     = "smtp_username"
	settingSMTPPassword = "smtp_password"
	settingIMAPHost     = "imap_host"
	settingIMAPPort     = "imap_port"
	settingIMAPSecurity = "imap_security"
	settingFolder       = "imap_folder"
	settingDone         = "imap_done_folder"
	settingMailgunKey   = "mailgun_key"
	settingSendGridKey  = "sendgrid_key"
	settingSubject      = "subject"
	settingAuthServer   = "authserv_id"
	settingPlus         = "plus_addressing"
	settingPerHour      = "max_per_hour"
	settingAuth         = "auth"
	settingClientID     = "oauth_client_id"
	settingClientSecret = "oauth_client_secret"
	settingRefreshToken = "oauth_refresh_token"
	settingTokenURL     = "oauth_token_url"
)

// The ways in which emails come in.
const (
	byIMAP     = "imap"
	byMailgun  = "mailgun"
	bySendGrid = "sendgrid"
	byPostmark = "postmark"
)

// The ways in which a connection is secured.
const (
	securityTLS      = "tls"
	securitySTARTTLS = "starttls"
	securityNone     = "none"
)

const (
	// maxText is the longest text that is sent, in characters.
	maxText = 30_000
	// maxFile is the largest file, both ways, in bytes; maxTogether what all files of one email that is sent may weigh.
	maxFile     = 18 << 20
	maxTogether = 18 << 20
	// maxEmail is the largest email that is read whole, in bytes.
	maxEmail = 35 << 20
)

// Files keeps attachments. Its errors are those of package blob.
type Files interface {
	// PutAs stores what r yields under an id; it may be repeated.
	PutAs(ctx context.Context, id uuid.UUID, name, uploadedBy string, maxBytes int64, types []string, r io.Reader) (conversation.Attachment, error)
}

// Deps are what the connector is made with.
type Deps struct {
	connectors.Deps
	// Dial connects to mail servers, where connections may go (see package egress).
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// TLS is what connections are secured with; nil: by the system's authorities.
	TLS *tls.Config
	// Files keeps what is attached to emails that come in, FileTypes lists the media types that may get in.
	Files     Files
	FileTypes []string
	// Keep replaces a secret of an account by one that a provider has given in its place; nil: it is used as long as the old one works.
	Keep func(ctx context.Context, account connectors.Account, setting, value string) error
	// Poll is how often a mailbox is looked at whose server cannot tell of new emails; 0: every 30 seconds.
	Poll time.Duration
}

// Connector implements connectors.Connector. Safe for concurrent use.
type Connector struct {
	deps        Deps
	description connectors.Description
	floods      *floods
	tokens      *spent
	permissions *permissions
}

// New returns the connector.
func New(deps Deps) *Connector {
	if deps.Poll == 0 {
		deps.Poll = 30 * time.Second
	}
	return &Connector{deps: deps, floods: newFloods(), tokens: newSpent(), permissions: newPermissions(deps.HTTP), description: connectors.Description{
		Kind: Kind, Name: "Email", Fields: fields(), MaxBody: maxEmail + 1<<20, Capabilities: connectors.Capabilities{
			MaxText: maxText, MaxCaption: maxText, MaxFiles: 10, MaxFileBytes: maxFile, FileTypes: deps.FileTypes, Replies: true, CanStart: true, StartBy: connectors.ByEmail,
		},
	}}
}

var (
	_ connectors.Connector  = (*Connector)(nil)
	_ connectors.Doorkeeper = (*Connector)(nil)
	_ connectors.Listener   = (*Connector)(nil)
	_ connectors.Starter    = (*Connector)(nil)
	_ connectors.Checker    = (*Connector)(nil)
	_ connectors.Instructor = (*Connector)(nil)
)

func both(en, ko string) map[string]string { return map[string]string{"en": en, "ko": ko} }

func fields() []connectors.Field {
	port := func(name, en, ko, fallback string) connectors.Field {
		return connectors.Field{Name: name, Label: both(en, ko), Type: connectors.FieldNumber, Default: fallback, Advanced: true, Check: between(1, 65535)}
	}
	security := func(name, en, ko, fallback string) connectors.Field {
		return connectors.Field{Name: name, Label: both(en, ko), Type: connectors.FieldChoice, Default: fallback, Advanced: true, Choices: []connectors.Choice{
			{Value: securityTLS, Label: both("TLS from the beginning", "처음부터 TLS")},
			{Value: securitySTARTTLS, Label: both("STARTTLS", "STARTTLS")},
			{Value: securityNone, Label: both("None (only inside your own network)", "없음(내부 네트워크에서만)")},
		}}
	}
	text := func(name, en, ko string) connectors.Field {
		return connectors.Field{Name: name, Label: both(en, ko), Type: connectors.FieldText}
	}
	with := func(f connectors.Field, change func(*connectors.Field)) connectors.Field { change(&f); return f }
	secret := func(name, en, ko string) connectors.Field {
		return connectors.Field{Name: name, Label: both(en, ko), Type: connectors.FieldSecret}
	}
	return []connectors.Field{
		{
			Name: settingTransport, Label: both("How emails come in", "이메일 수신 방법"), Type: connectors.FieldChoice, Default: byIMAP, Choices: []connectors.Choice{
				{Value: byIMAP, Label: both("From a mailbox (IMAP)", "메일함(IMAP)")},
				{Value: byMailgun, Label: both("From Mailgun (route)", "Mailgun(라우트)")},
				{Value: bySendGrid, Label: both("From SendGrid (Inbound Parse)", "SendGrid(Inbound Parse)")},
				{Value: byPostmark, Label: both("From Postmark (inbound stream)", "Postmark(수신 스트림)")},
			},
			Help: both("A provider posts to the address shown after saving.", "서비스는 저장 후 표시되는 주소로 이메일을 전달합니다."),
		},
		with(text(settingAddress, "Email address", "이메일 주소"), func(f *connectors.Field) {
			f.Required, f.Placeholder, f.Check = true, "support@example.com", checkAddress
		}),
		with(text(settingName, "Sender's name", "보내는 사람 이름"), func(f *connectors.Field) { f.Placeholder = "Example Support" }),
		with(text(settingUser, "User name", "사용자 이름"), func(f *connectors.Field) {
			f.Help = both("Empty: the email address.", "비워 두면 이메일 주소를 사용합니다.")
		}),
		{
			Name: settingAuth, Label: both("How we sign in", "로그인 방법"), Type: connectors.FieldChoice, Default: withPassword, Choices: []connectors.Choice{
				{Value: withPassword, Label: both("With a password", "비밀번호")},
				{Value: withOAuth, Label: both("With OAuth (Gmail, Microsoft 365)", "OAuth(Gmail, Microsoft 365)")},
			},
			Help: both("Gmail and Microsoft 365 take no passwords.", "Gmail과 Microsoft 365는 비밀번호 로그인을 지원하지 않습니다."),
		},
		with(secret(settingPassword, "Password", "비밀번호"), func(f *connectors.Field) {
			f.Help = both("Only to sign in with a password.", "비밀번호로 로그인할 때만 필요합니다.")
		}),
		with(text(settingClientID, "OAuth: client ID", "OAuth: 클라이언트 ID"), func(f *connectors.Field) {
			f.Placeholder = "123-abc.apps.googleusercontent.com"
			f.Help = both("Of your application at Google or Microsoft. Only to sign in with OAuth.", "Google 또는 Microsoft에 등록한 앱의 ID입니다. OAuth로 로그인할 때만 필요합니다.")
		}),
		secret(settingClientSecret, "OAuth: client secret", "OAuth: 클라이언트 보안 비밀번호"),
		with(secret(settingRefreshToken, "OAuth: refresh token", "OAuth: 갱신 토큰"), func(f *connectors.Field) {
			f.Help = both("What the mailbox's owner gave the application, with the right to read and send.", "메일함 소유자가 앱에 읽기와 보내기를 허용하고 받은 토큰입니다.")
		}),
		with(text(settingTokenURL, "OAuth: token URL", "OAuth: 토큰 URL"), func(f *connectors.Field) {
			f.Default, f.Check = "https://oauth2.googleapis.com/token", checkTokenURL
			f.Help = both("Microsoft 365: https://login.microsoftonline.com/TENANT/oauth2/v2.0/token", "Microsoft 365: https://login.microsoftonline.com/테넌트/oauth2/v2.0/token")
		}),
		with(text(settingIMAPHost, "IMAP server", "IMAP 서버"), func(f *connectors.Field) {
			f.Placeholder, f.Check = "imap.example.com", checkHost
			f.Help = both("Only if emails come from a mailbox.", "메일함에서 수신할 때만 필요합니다.")
		}),
		with(text(settingSMTPHost, "SMTP server", "SMTP 서버"), func(f *connectors.Field) {
			f.Required, f.Placeholder, f.Check = true, "smtp.example.com", checkHost
		}),
		with(secret(settingMailgunKey, "Mailgun: webhook signing key", "Mailgun: 웹훅 서명 키"), func(f *connectors.Field) {
			f.Help = both("In Mailgun under API security. Emails from Mailgun are refused without.", "Mailgun의 API 보안 메뉴에 있습니다. 없으면 Mailgun의 이메일을 받지 않습니다.")
		}),
		with(text(settingSendGridKey, "SendGrid: public key for signatures", "SendGrid: 서명 공개 키"), func(f *connectors.Field) {
			f.Advanced, f.Check = true, checkPublicKey
			f.Help = both("If a security policy signs what SendGrid posts. Then nothing unsigned is accepted.", "SendGrid 보안 정책으로 서명하는 경우 입력하세요. 서명되지 않은 요청은 거부됩니다.")
		}),
		port(settingIMAPPort, "IMAP port", "IMAP 포트", "993"),
		security(settingIMAPSecurity, "IMAP security", "IMAP 보안", securityTLS),
		with(text(settingFolder, "Folder emails are read from", "읽을 폴더"), func(f *connectors.Field) { f.Default, f.Advanced = "INBOX", true }),
		with(text(settingDone, "Folder read emails are moved to", "읽은 이메일을 옮길 폴더"), func(f *connectors.Field) {
			f.Advanced = true
			f.Help = both("Empty: they stay and are marked as read.", "비워 두면 읽음으로 표시만 합니다.")
		}),
		port(settingSMTPPort, "SMTP port", "SMTP 포트", "587"),
		security(settingSMTPSecurity, "SMTP security", "SMTP 보안", securitySTARTTLS),
		with(text(settingSMTPUser, "SMTP user name", "SMTP 사용자 이름"), func(f *connectors.Field) {
			f.Advanced = true
			f.Help = both("Empty: the same as above.", "비워 두면 위와 같습니다.")
		}),
		with(secret(settingSMTPPassword, "SMTP password", "SMTP 비밀번호"), func(f *connectors.Field) {
			f.Advanced = true
			f.Help = both("Empty: the same as above.", "비워 두면 위와 같습니다.")
		}),
		with(text(settingSubject, "Subject when we write first", "먼저 보낼 때의 제목"), func(f *connectors.Field) {
			f.Advanced = true
			f.Help = both("Empty: the channel's name.", "비워 두면 채널 이름을 사용합니다.")
		}),
		with(text(settingAuthServer, "Name of the receiving server", "수신 서버 이름"), func(f *connectors.Field) {
			f.Advanced, f.Placeholder = true, "mx.example.com"
			f.Help = both(
				"The name in front of the results in Authentication-Results. Senders are only believed if this server says so. Empty: nobody is.",
				"Authentication-Results 헤더 맨 앞의 이름입니다. 이 서버가 확인한 발신자만 신뢰합니다. 비워 두면 아무도 신뢰하지 않습니다.",
			)
		}),
		{
			Name: settingPlus, Label: both("Answers go to an address of their own", "답장 전용 주소 사용"), Type: connectors.FieldBool, Default: "true", Advanced: true,
			Help: both("support+…@example.com, by which they find their conversation. The server must deliver such addresses.", "support+…@example.com 형식으로, 답장이 원래 대화를 찾게 합니다. 서버가 이런 주소를 받을 수 있어야 합니다."),
		},
		{
			Name: settingPerHour, Label: both("Most emails of one sender per hour", "발신자별 시간당 최대 이메일 수"), Type: connectors.FieldNumber, Default: "40", Advanced: true, Check: between(1, 10_000),
			Help: both("More are taken for a machine's, so that two machines do not answer each other for ever.", "넘으면 자동 발신으로 보아, 기계끼리 끝없이 답장하는 일을 막습니다."),
		},
	}
}

func between(least, most int) func(string) error {
	return func(v string) error {
		if n, err := strconv.Atoi(v); err != nil || n < least || n > most {
			return fmt.Errorf("give a whole number from %d to %d", least, most)
		}
		return nil
	}
}

func checkAddress(v string) error {
	if normal(v) == "" {
		return errors.New("give an address like support@example.com")
	}
	return nil
}

func checkHost(v string) error {
	if strings.ContainsAny(v, "/@ \t:") {
		return errors.New("give the server's name alone, like mail.example.com; the port has a field of its own")
	}
	return nil
}

// Describe implements connectors.Connector.
func (c *Connector) Describe() connectors.Description { return c.description }

func (c *Connector) setting(account connectors.Account, name string) string {
	return strings.TrimSpace(c.description.Setting(account, name))
}

func (c *Connector) number(account connectors.Account, name string) int {
	// What is no number was refused by the field's check.
	n, _ := strconv.Atoi(c.setting(account, name))
	return n
}

// own is the account's address.
func (c *Connector) own(account connectors.Account) string {
	return normal(c.setting(account, settingAddress))
}

// normal is how an address is written here; "" if it is none.
func normal(address string) string {
	a, err := mail.ParseAddress(strings.TrimSpace(address))
	if err != nil || strings.ContainsFunc(a.Address, func(r rune) bool { return r <= ' ' || r == 0x7f }) || len(a.Address) > 320 {
		return ""
	}
	return strings.ToLower(a.Address)
}

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

func key(account connectors.Account, purpose string) []byte {
	k, err := hkdf.Key(sha256.New, account.Secret, nil, "seax email "+purpose, 32)
	if err != nil {
		// Only for impossible lengths.
		panic(err)
	}
	return k
}

// webhookUser is the user's name in the address that providers post to.
const webhookUser = "seax"

func webhookPassword(account connectors.Account) string {
	return hex.EncodeToString(key(account, "webhook"))
}

// Setup implements connectors.Instructor: the address that a provider posts to has its password in it.
func (c *Connector) Setup(account connectors.Account) []connectors.SetupItem {
	if c.setting(account, settingTransport) == byIMAP || len(account.Secret) == 0 {
		return nil
	}
	at, err := url.Parse(c.deps.WebhookURL(account))
	if err != nil {
		return nil
	}
	at.User = url.UserPassword(webhookUser, webhookPassword(account))
	help := both("Enter it as the address of the inbound stream. Whoever has it can hand in emails: keep it secret.", "수신 스트림의 주소로 입력하세요. 이 주소를 아는 사람은 이메일을 넣을 수 있으니 비밀로 유지하세요.")
	switch c.setting(account, settingTransport) {
	case byMailgun:
		help = both("Enter it as the route's forward() address. Keep it secret.", "라우트의 forward() 주소로 입력하고 비밀로 유지하세요.")
	case bySendGrid:
		help = both("Enter it as the destination of Inbound Parse, with \"POST the raw, full MIME message\". Keep it secret.", "Inbound Parse의 대상 주소로 입력하고 \"POST the raw, full MIME message\"를 켜세요. 주소는 비밀로 유지하세요.")
	}
	return []connectors.SetupItem{{Label: both("Address emails are posted to", "이메일이 전달될 주소"), Help: help, Value: at.String()}}
}

// Start implements connectors.Starter.
func (c *Connector) Start(_ context.Context, account connectors.Account, to string) (string, error) {
	address := normal(to)
	switch address {
	case "":
		return "", &connectors.SendError{Code: connectors.CodeRejected, Words: "Say who is to be written to, by an email address like ana@example.com."}
	case c.own(account):
		return "", &connectors.SendError{Code: connectors.CodeRejected, Words: "This is the channel's own address. Give the customer's."}
	}
	return address, nil
}

// Check implements connectors.Checker: it signs in where emails come from and where they go.
func (c *Connector) Check(ctx context.Context, account connectors.Account) (string, error) {
	if c.own(account) == "" || c.setting(account, settingSMTPHost) == "" {
		return "", notSet("The email address and the SMTP server are not set.")
	}
	found := "Emails are posted by " + c.setting(account, settingTransport) + "."
	switch c.setting(account, settingTransport) {
	case byIMAP:
		n, err := c.look(ctx, account)
		if err != nil {
			return "", err
		}
		found = fmt.Sprintf("The mailbox answers and has %d emails in %s.", n, c.setting(account, settingFolder))
	case byMailgun:
		if c.setting(account, settingMailgunKey) == "" {
			return "", notSet("Mailgun's webhook signing key is not set.")
		}
	}
	if err := c.tryOut(ctx, account); err != nil {
		return "", err
	}
	return found + " The SMTP server lets " + c.own(account) + " in.", nil
}

func notSet(words string) *connectors.SendError {
	return &connectors.SendError{Code: connectors.CodeConfig, Words: words}
}

// handle is what is kept of a customer's newest email for answering it.
type handle struct {
	// From wrote it; To is where the answer goes.
	From       string   `json:"from"`
	To         string   `json:"to"`
	ID         string   `json:"id"`
	Subject    string   `json:"subject,omitempty"`
	References []string `json:"references,omitempty"`
}

// plain makes a text of one line that has no line breaks and nothing that cannot be seen.
func plain(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r < ' ' || r == 0x7f || r == 0xFFFE || r == 0xFFFF:
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	text = strings.TrimSpace(text)
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most-1]) + "…"
	}
	return text
}

// legible makes a text that every store can hold.
func legible(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = string(bytes.ReplaceAll([]byte(text), []byte("\r\n"), []byte("\n")))
	return strings.Map(func(r rune) rune {
		if r == 0 || r == '\r' {
			return -1
		}
		return r
	}, text)
}
