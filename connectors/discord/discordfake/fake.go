// Package discordfake is a Discord for tests and the local stack: its API and its gateway, checked as strictly as the real ones, and its
// interactions, signed like the real ones.
package discordfake

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"seax/connectors"
	"seax/connectors/fake"
)

// The hosts of Discord's API, its gateway and its files.
const (
	apiHost     = "discord.com"
	gatewayHost = "gateway.discord.gg"
	resumeHost  = "gateway-us-east1-b.discord.gg"
	fileHost    = "cdn.discordapp.com"
)

// Fake implements fake.Provider.
type Fake struct {
	*fake.Base
	// Interval is between two heartbeats.
	Interval time.Duration

	mu       sync.Mutex
	numbered int64
	// users are by the direct channel with an account's bot, channels the other way round.
	users    map[string]string
	channels map[[2]string]string
	// messages are customers' own, by id; reactions the bot's to any.
	messages  map[string]Object
	reactions map[string]map[string]bool
	files     map[string]fake.File
	callbacks map[string]int
	sessions  map[string]*session
	// silent: heartbeats are not answered.
	silent bool
}

// New returns a Discord without accounts.
func New(clock func() time.Time) *Fake {
	return &Fake{
		Base: fake.NewBase(clock), Interval: 45 * time.Second, users: map[string]string{}, channels: map[[2]string]string{}, messages: map[string]Object{},
		reactions: map[string]map[string]bool{}, files: map[string]fake.File{}, callbacks: map[string]int{}, sessions: map[string]*session{},
	}
}

// Kinds implements fake.Provider.
func (*Fake) Kinds() []string { return []string{"discord"} }

// Hosts implements fake.Provider.
func (*Fake) Hosts() []string {
	return []string{apiHost, gatewayHost, resumeHost, fileHost, "media.discordapp.net"}
}

// Object is a JSON object as Discord sends it.
type Object = map[string]any

// epoch is Discord's, in milliseconds.
const epoch = 1420070400000

// next makes an id of now.
func (f *Fake) next() string {
	f.numbered++
	return strconv.FormatInt((f.Clock().UnixMilli()-epoch)<<22|f.numbered, 10)
}

// Snowflake is the id that stands for any other name.
func Snowflake(name string) string {
	if _, err := strconv.ParseUint(name, 10, 64); err == nil {
		return name
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return strconv.FormatUint(h.Sum64()>>2, 10)
}

// Key is an application's key: it signs interactions.
func Key(account connectors.Account) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	copy(seed, account.ID)
	return ed25519.NewKeyFromSeed(seed)
}

// PublicKey is what the application shows of its key.
func PublicKey(account connectors.Account) string {
	public, _ := Key(account).Public().(ed25519.PublicKey)
	return hex.EncodeToString(public)
}

// bot is the id of an account's bot, which is in its token.
func bot(account connectors.Account) string {
	first, _, _ := strings.Cut(account.Secrets["bot_token"], ".")
	id, _ := base64.RawStdEncoding.DecodeString(first)
	return string(id)
}

func user(id, name string, isBot bool) Object {
	return Object{
		"id": id, "username": strings.ToLower(name), "global_name": name, "avatar": nil, "discriminator": "0", "public_flags": 0, "flags": 0, "bot": isBot, "primary_guild": nil,
	}
}

// Channel is the direct channel of an account's bot with a user.
func (f *Fake) Channel(account connectors.Account, userID string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.channel(account.ID, userID)
}

func (f *Fake) channel(account, userID string) string {
	key := [2]string{account, userID}
	if id, ok := f.channels[key]; ok {
		return id
	}
	id := Snowflake("channel " + account + " " + userID)
	f.channels[key], f.users[id] = id, userID
	return id
}

// Dispatch is an event of the gateway.
type Dispatch struct {
	Type string
	Data Object
}

// Make makes the dispatch that tells what a customer does; customers are named by their channels or their ids.
func (f *Fake) Make(account connectors.Account, act fake.Act) (Dispatch, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	channel := act.From
	userID, ok := f.users[channel]
	if !ok {
		userID = Snowflake(act.From)
		channel = f.channel(account.ID, userID)
	}
	name := act.Name
	if name == "" {
		name = "Nelly"
	}
	who := user(userID, name, false)
	switch act.Type {
	case "message", "unknown":
		if act.Choice != "" {
			return Dispatch{"INTERACTION_CREATE", f.tap(account, channel, who, act)}, nil
		}
		return Dispatch{"MESSAGE_CREATE", f.message(channel, who, act)}, nil
	case "edit":
		act.ID = act.Target
		m := f.message(channel, who, act)
		m["edited_timestamp"] = f.Clock().UTC().Format(time.RFC3339Nano)
		return Dispatch{"MESSAGE_UPDATE", m}, nil
	case "delete":
		return Dispatch{"MESSAGE_DELETE", Object{"id": Snowflake(act.Target), "channel_id": channel}}, nil
	case "reaction":
		kind := "MESSAGE_REACTION_ADD"
		emoji := act.Emoji
		if emoji == "" {
			kind, emoji = "MESSAGE_REACTION_REMOVE", "❤️"
		}
		return Dispatch{kind, Object{"user_id": userID, "channel_id": channel, "message_id": Snowflake(act.Target), "emoji": Object{"id": nil, "name": emoji}, "burst": false, "type": 0}}, nil
	case "typing":
		return Dispatch{"TYPING_START", Object{"channel_id": channel, "user_id": userID, "timestamp": f.Clock().Unix()}}, nil
	default:
		return Dispatch{}, fmt.Errorf("customers cannot do %q on this channel", act.Type)
	}
}

func (f *Fake) message(channel string, author Object, act fake.Act) Object {
	id := Snowflake(act.ID)
	if act.ID == "" {
		id = f.next()
	}
	m := Object{
		"id": id, "channel_id": channel, "author": author, "content": act.Text, "type": 0, "timestamp": f.Clock().UTC().Format(time.RFC3339Nano), "edited_timestamp": nil,
		"attachments": []any{}, "embeds": []any{}, "mentions": []any{}, "mention_roles": []any{}, "components": []any{}, "flags": 0, "pinned": false, "mention_everyone": false,
		"tts": false, "channel_type": 1,
	}
	if act.ReplyTo != "" {
		m["type"], m["message_reference"] = 19, Object{"type": 0, "channel_id": channel, "message_id": Snowflake(act.ReplyTo)}
	}
	if act.Type == "unknown" {
		m["type"], m["content"], m["hologram"] = 99, "", Object{"text": act.Text}
	}
	var all []any
	for _, file := range act.Files {
		path := "/attachments/" + channel + "/" + f.next() + "/" + url.PathEscape(file.Name)
		f.files[path] = file
		address := "https://" + fileHost + path
		all = append(all, Object{"id": f.next(), "filename": file.Name, "size": len(file.Content), "url": address, "proxy_url": address, "content_type": file.MediaType})
	}
	if all != nil {
		m["attachments"] = all
	}
	f.messages[id] = m
	return m
}

// tap is an interaction with a button.
func (f *Fake) tap(account connectors.Account, channel string, who Object, act fake.Act) Object {
	id := Snowflake(act.ID)
	if act.ID == "" {
		id = f.next()
	}
	asked := f.message(channel, user(bot(account), "Acme", true), fake.Act{Text: "Which?"})
	asked["components"] = []any{Object{"type": 1, "id": 1, "components": []any{Object{"type": 2, "id": 2, "style": 2, "label": act.Text, "custom_id": act.Choice}}}}
	return Object{
		"id": id, "application_id": bot(account), "type": 3, "token": "token" + id, "version": 1, "channel_id": channel, "context": 1, "locale": "ko", "user": who, "message": asked,
		"data": Object{"custom_id": act.Choice, "component_type": 2},
	}
}

// Interaction makes the signed request that hands an interaction over.
func (f *Fake) Interaction(account connectors.Account, body []byte) *connectors.Request {
	known, _ := f.Account(account.ID)
	at, err := url.Parse(known.Webhook)
	if err != nil {
		panic(err)
	}
	timestamp := strconv.FormatInt(f.Clock().Unix(), 10)
	header := http.Header{"Content-Type": {"application/json"}}
	header.Set("X-Signature-Ed25519", Sign(Key(account), timestamp, body))
	header.Set("X-Signature-Timestamp", timestamp)
	return &connectors.Request{Method: http.MethodPost, URL: at, Header: header, Body: body}
}

// Sign signs a request as Discord does.
func Sign(key ed25519.PrivateKey, timestamp string, body []byte) string {
	return hex.EncodeToString(ed25519.Sign(key, append([]byte(timestamp), body...)))
}

// Act implements fake.Provider: what customers do goes over the gateway.
func (f *Fake) Act(account connectors.Account, act fake.Act) ([]*connectors.Request, error) {
	known, ok := f.Account(account.ID)
	if !ok {
		return nil, fmt.Errorf("Discord knows no account %s", account.ID) //nolint:staticcheck // a name
	}
	d, err := f.Make(known.Account, act)
	if err == nil {
		f.Hand(known.Account, d)
	}
	return nil, err
}

// Answered is how often an interaction was answered.
func (f *Fake) Answered(id string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.callbacks[id]
}

// encode makes JSON of what can be made to JSON for certain.
func encode(value any) []byte {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return encoded
}
