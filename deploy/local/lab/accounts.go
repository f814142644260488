package lab

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"seax/api/spec"
	"seax/connectors"
	"seax/connectors/discord"
	"seax/connectors/discord/discordfake"
	"seax/connectors/email"
	"seax/connectors/email/emailfake"
	"seax/connectors/gbm"
	"seax/connectors/google/googlefake"
	"seax/connectors/line"
	"seax/connectors/meta"
	"seax/connectors/meta/metafake"
	"seax/connectors/rcs"
	"seax/connectors/telegram"
	"seax/connectors/twilio"
	"seax/internal/auth"
	"seax/internal/directory"
	"seax/internal/secret"
	"seax/workflows"
)

// account is one that the lab makes.
type account struct {
	kind, name string
	settings   map[string]string
	// id tells it from the others of its kind.
	id string
}

// ID is the id of the lab's own account of a kind.
func ID(kind string) string { return "lab-" + kind }

// ByIMAP stands for email again: for the account whose emails come from a mailbox, and are not posted by a provider.
const ByIMAP = "email-imap"

// demo are the accounts, with credentials that only the lab believes.
func demo() []account {
	sid := "AC" + strings.Repeat("5ea0", 8)
	bot := base64.RawStdEncoding.EncodeToString([]byte("1180000000000000042"))
	at := func(from string) map[string]string {
		return map[string]string{"account_sid": sid, "auth_token": "lab-auth-token", "from": from}
	}
	of := func(kind string, settings map[string]string) map[string]string {
		settings["access_token"], settings["app_secret"] = "EAAlab"+kind, strings.Repeat("5ea0", 8)
		return settings
	}
	return []account{
		{kind: twilio.KindSMS, name: "SMS", settings: at("+15005550006")},
		{kind: twilio.KindWhatsApp, name: "WhatsApp (Twilio)", settings: at("+14155238886")},
		{kind: twilio.KindMessenger, name: "Messenger (Twilio)", settings: at("104738472839")},
		{kind: meta.KindWhatsApp, name: "WhatsApp", settings: of("whatsapp", map[string]string{"phone_number_id": "106540352242922", "business_account_id": "102290129340398"})},
		{kind: meta.KindMessenger, name: "Messenger", settings: of("messenger", map[string]string{"page_id": "104738472839999"})},
		{kind: meta.KindInstagram, name: "Instagram", settings: of("instagram", map[string]string{"instagram_id": "17841405822304914"})},
		{kind: line.Kind, name: "LINE", settings: map[string]string{"channel_secret": strings.Repeat("5ea0", 8), "channel_access_token": "lab-channel-access-token"}},
		{kind: telegram.Kind, name: "Telegram", settings: map[string]string{"bot_token": "123456789:AAlab" + strings.Repeat("x", 30)}},
		{kind: discord.Kind, name: "Discord", settings: map[string]string{
			"bot_token": bot + ".GexLab." + strings.Repeat("x", 38), "public_key": discordfake.PublicKey(connectors.Account{ID: ID(discord.Kind)}),
		}},
		{kind: rcs.Kind, name: "RCS", settings: map[string]string{"agent_id": "haru_and_sea", "client_token": "lab-client-token", "service_account": googlefake.ServiceAccount()}},
		{kind: gbm.Kind, name: "Google Business Messages", settings: map[string]string{
			"agent": "brands/haru-and-sea/agents/shop", "client_token": "lab-client-token", "partner_key": "lab-partner-key", "service_account": googlefake.ServiceAccount(),
		}},
		{kind: email.Kind, name: "Email", settings: map[string]string{
			"transport": "mailgun", "address": "support@haru-and-sea.example", "sender_name": "Haru & Sea", "password": "lab-smtp-password", "smtp_host": "smtp.mailgun.org",
			"mailgun_key": "key-lab" + strings.Repeat("5ea0", 7),
		}},
		{id: ByIMAP, kind: email.Kind, name: "Email (IMAP)", settings: map[string]string{
			"transport": "imap", "address": "hello@haru-and-sea.example", "sender_name": "Haru & Sea", "password": "lab-mailbox-password", "smtp_host": emailfake.Host, "imap_host": emailfake.Host,
		}},
	}
}

// newDirectory is the admins' side of the installation's channels.
func newDirectory(ctx context.Context, o Options) (*directory.Directory, error) {
	key, err := auth.InstanceKey(ctx, o.Pool, "secrets")
	if err != nil {
		return nil, err
	}
	box, err := secret.New(key)
	if err != nil {
		return nil, err
	}
	deps := connectors.Deps{PublicURL: o.PublicURL, Clock: time.Now}
	registry := connectors.NewRegistry(
		twilio.NewSMS(deps), twilio.NewWhatsApp(deps), twilio.NewMessenger(deps), line.New(deps), telegram.New(deps), discord.New(deps),
		meta.NewWhatsApp(deps), meta.NewMessenger(deps), meta.NewInstagram(deps), rcs.New(deps), gbm.New(deps), email.New(email.Deps{Deps: deps}),
	)
	return directory.New(o.Pool, registry, workflows.Names(), directory.Hooks{}, box, time.Now), nil
}

// marker is the instance setting that says the accounts were made.
const marker = "lab"

// Open makes an account of each kind, once for the life of a database, so that what a user has changed or removed stays so. Its
// conversations begin with a flow and lead to a queue.
func (l *Lab) Open(ctx context.Context, flow, queue string) error {
	tag, err := l.options.Pool.Exec(ctx, `insert into instance_settings (key, value) values ($1, '1') on conflict do nothing`, marker)
	if err != nil {
		return fmt.Errorf("note that the lab's accounts are made: %w", err)
	}
	if tag.RowsAffected() > 0 {
		for _, a := range demo() {
			if a.id == "" {
				a.id = a.kind
			}
			in := spec.ChannelInput{Id: ID(a.id), Kind: a.kind, Name: a.name, Flow: flow, Queue: queue, Settings: &a.settings}
			if _, err := l.directory.CreateChannel(ctx, in); err != nil {
				_, undone := l.options.Pool.Exec(ctx, `delete from instance_settings where key = $1`, marker)
				return fmt.Errorf("make the lab's %s account: %w", a.kind, orElse(err, undone))
			}
		}
	}
	if err := l.learn(ctx); err != nil {
		return err
	}
	l.approve()
	return l.remember(ctx, l.options.Pool)
}

func orElse(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// learn makes the fakes know the accounts that there are, whoever has made them.
func (l *Lab) learn(ctx context.Context) error {
	all, err := l.directory.Channels(ctx)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.accounts, l.known = nil, time.Now()
	for _, c := range all {
		if l.byKind[c.Kind] != nil {
			l.accounts = append(l.accounts, c)
		}
	}
	accounts := l.accounts
	l.mu.Unlock()
	deps := connectors.Deps{PublicURL: l.options.PublicURL}
	for _, c := range accounts {
		l.byKind[c.Kind].Know(c.Account, deps.WebhookURL(c.Account))
	}
	return nil
}

// stale is how old what is known of the accounts may be when a provider is called.
const stale = 3 * time.Second

// meet learns of new accounts now and then. While the database is away the known ones do.
func (l *Lab) meet(ctx context.Context) {
	l.mu.Lock()
	fresh := time.Since(l.known) < stale
	if !fresh {
		l.known = time.Now()
	}
	l.mu.Unlock()
	if !fresh {
		_ = l.learn(ctx)
	}
}

// Account returns an account the lab knows.
func (l *Lab) Account(id string) (connectors.Account, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.accounts {
		if c.ID == id {
			return c.Account, true
		}
	}
	return connectors.Account{}, false
}

// approve gives the lab's WhatsApp accounts templates.
func (l *Lab) approve() {
	const body = "Hello {{1}}, your order {{2}} is on its way."
	if a, ok := l.Account(ID(twilio.KindWhatsApp)); ok {
		l.Twilio.Approve(a.Settings["account_sid"], "order_update", body, map[string]string{"1": "Ana", "2": "HS-1042"})
	}
	if a, ok := l.Account(ID(meta.KindWhatsApp)); ok {
		for language, text := range map[string]string{"en": body, "ko": "{{1}} 고객님, 주문 {{2}} 상품이 배송 중입니다."} {
			l.Meta.Approve(a, metafake.Template{Name: "order_update", Language: language, Status: "APPROVED", Category: "UTILITY", Components: []map[string]any{
				{"type": "BODY", "text": text, "example": map[string]any{"body_text": []any{[]any{"Ana", "HS-1042"}}}},
			}})
		}
	}
}

// remember tells WhatsApp, Messenger and Instagram who has written within the last day: the fakes forget when the stack stops.
func (l *Lab) remember(ctx context.Context, pool *pgxpool.Pool) error {
	rows, err := pool.Query(ctx, `select distinct c.channel_id, c.address from conversations c join conversation_events e on e.conversation_id = c.id
		where e.kind = 'customer.message' and e.at > now() - interval '1 day'`)
	if err != nil {
		return fmt.Errorf("look for who has written: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var channel, address string
		if err := rows.Scan(&channel, &address); err != nil {
			return err
		}
		if a, ok := l.Account(channel); ok {
			switch l.byKind[a.Kind] {
			case l.Meta:
				l.Meta.Hear(a, address)
			case l.Twilio:
				l.Twilio.Hear(a, address)
			}
		}
	}
	return rows.Err()
}
