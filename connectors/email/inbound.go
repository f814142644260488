package email

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-msgauth/authres"
	"github.com/google/uuid"

	"seax/connectors"
	"seax/internal/blob"
	"seax/internal/conversation"
)

// inbound makes events of an email: what was said, or what became of a message of ours. received is when our side got it; zero: unknown.
func (c *Connector) inbound(ctx context.Context, account connectors.Account, l *letter, received time.Time) ([]connectors.Inbound, error) {
	if l.report != nil {
		return c.bounced(account, l, received)
	}
	if l.from == nil {
		return nil, errNoSender
	}
	if id, ok := ours(account, l.id); ok && l.from.Address == c.own(account) {
		// A copy of our own: it has certainly been sent.
		e := connectors.Inbound{Type: connectors.InStatus, Status: connectors.StatusUpdate{MessageID: id.String(), ProviderID: l.id, Status: conversation.StatusSent}}
		if len(l.to) > 0 {
			e.Address = l.to[0].Address
		}
		return []connectors.Inbound{e}, nil
	}
	e, err := c.message(ctx, account, l, received)
	if err != nil {
		return nil, err
	}
	id, answers := c.answers(account, l)
	if !answers {
		return []connectors.Inbound{e}, nil
	}
	e.Answers = id.String()
	// Who answers a message has got it.
	arrived := connectors.Inbound{Type: connectors.InStatus, Address: e.Address, At: e.At, Status: connectors.StatusUpdate{
		MessageID: id.String(), ProviderID: messageID(account, id, c.own(account)), Status: conversation.StatusDelivered,
	}}
	return []connectors.Inbound{arrived, e}, nil
}

// answers returns our id of the message that an email answers for certain: by the address it was sent to, or by the messages it
// refers to, the newest first. A subject proves nothing.
func (c *Connector) answers(account connectors.Account, l *letter) (uuid.UUID, bool) {
	for _, address := range l.recipients {
		if id, ok := answered(account, address); ok {
			return id, true
		}
	}
	for _, id := range slices.Concat(l.inReplyTo, backwards(l.references)) {
		if id, ok := ours(account, id); ok {
			return id, true
		}
	}
	return uuid.Nil, false
}

func backwards(all []string) []string {
	all = slices.Clone(all)
	slices.Reverse(all)
	return all
}

// message makes the event of something that was said.
func (c *Connector) message(ctx context.Context, account connectors.Account, l *letter, received time.Time) (connectors.Inbound, error) {
	id := l.lastingID()
	l.text, l.html = legible(head(l.text, maxBody)), head(l.html, maxMarkup)
	from, clean := l.from.Address, sanitise(l.html)
	e := connectors.Inbound{
		Type: connectors.InMessage, ProviderID: id, Address: from, At: received, Raw: l.raw,
		Profile: connectors.Profile{Name: l.from.Name, Email: from, Verified: l.believed || c.believes(account, l)},
		Message: conversation.Message{Email: &conversation.Email{From: from, Subject: l.subject, HTML: kept(clean), To: listed(l.to), CC: listed(l.cc)}},
	}
	if received.IsZero() {
		e.At = l.date
	}
	if len(l.inReplyTo) > 0 {
		e.ReplyTo = l.inReplyTo[0]
	}
	if c.automatic(account, l) || c.floods.over(account.ID+"\n"+from, e.ProviderID, c.number(account, settingPerHour), c.deps.Clock()) {
		e.Type = connectors.InAutomatic
	}
	text := l.text
	if strings.TrimSpace(text) == "" && clean != "" {
		text = legible(textOf(clean))
	}
	e.Message.Text, e.Message.Email.Quoted = fold(strings.TrimRight(text, "\n"))
	if e.Message.Text == e.Message.Email.Subject && e.Message.Text != "" && e.Message.Email.HTML == "" {
		// Some telephones send all they have to say as the subject, too.
		e.Message.Email.Subject = ""
	}
	if l.odd != "" {
		e.Message.Unsupported = &conversation.Unsupported{Type: l.odd}
	}
	h, err := json.Marshal(handle{From: from, To: replyTarget(l), ID: e.ProviderID, Subject: plain(l.subject, 200), References: newest(l.references, 9)})
	if err != nil {
		return e, err
	}
	e.Handle = string(h)
	for i, f := range l.files {
		a, err := c.store(ctx, account, e.ProviderID, i, f)
		if err != nil {
			return e, err
		}
		e.Message.Attachments = append(e.Message.Attachments, a)
	}
	return e, nil
}

func listed[A interface{ String() string }](all []A) (out []string) {
	for _, a := range all[:min(len(all), 50)] {
		out = append(out, plain(a.String(), 300))
	}
	return out
}

// newest are the last ids of a list, as long as they are not too long to be kept.
func newest(ids []string, most int) (out []string) {
	size := 0
	for _, id := range backwards(ids) {
		if size += len(id); size > 2<<10 || len(out) == most {
			break
		}
		out = append(out, id)
	}
	slices.Reverse(out)
	return out
}

// replyTarget is where the sender wants to be answered: elsewhere only within their own domain, since what they know of each other
// must not go to somebody they name.
func replyTarget(l *letter) string {
	if l.replyTo != nil && domainOf(l.replyTo.Address) == domainOf(l.from.Address) {
		return l.replyTo.Address
	}
	return l.from.Address
}

// store keeps an attached file. One that may not be kept leaves a place with words why.
func (c *Connector) store(ctx context.Context, account connectors.Account, email string, n int, f file) (conversation.Attachment, error) {
	name := fmt.Sprintf("%s\n%s\n%d\n%s\n", account.ID, email, n, f.name)
	a := conversation.Attachment{ID: uuid.NewSHA1(files, append([]byte(name), f.content...)), Name: f.name, MediaType: f.mediaType, Size: f.size, State: conversation.AttachmentFailed}
	if f.leftOut || f.size > maxFile {
		a.Error = fmt.Sprintf("The file is larger than %d MB.", maxFile>>20)
		return a, nil
	}
	stored, err := c.deps.Files.PutAs(ctx, a.ID, f.name, "channel:"+account.ID, maxFile, c.deps.FileTypes, bytes.NewReader(f.content))
	switch {
	case errors.Is(err, blob.ErrTooLarge):
		a.Error = fmt.Sprintf("The file is larger than %d MB.", maxFile>>20)
	case errors.Is(err, blob.ErrEmpty):
		a.Error = "The file is empty."
	case errors.Is(err, blob.ErrType):
		a.Error = "Files of this kind are not accepted."
	case err != nil:
		return a, fmt.Errorf("store file of email %q: %w", email, err)
	default:
		return stored, nil
	}
	return a, nil
}

// files is where the ids of attached files come from: the same email always has the same.
var files = uuid.MustParse("6e2f3c1a-0d5b-4d0e-9a54-7b0f6d1c2e88")

// automatic reports whether a machine wrote an email: it is shown, and answered by no other machine.
func (c *Connector) automatic(account connectors.Account, l *letter) bool {
	h := l.header
	local, _, _ := strings.Cut(l.from.Address, "@")
	auto, _, _ := strings.Cut(strings.ToLower(h.Get("Auto-Submitted")), ";")
	auto = strings.TrimSpace(auto)
	returnPath, returns := h["Return-Path"]
	switch strings.ToLower(strings.TrimSpace(h.Get("Precedence"))) {
	case "bulk", "junk", "list", "auto_reply":
		return true
	}
	return auto != "" && auto != "no" ||
		h.Get("X-Autoreply") != "" || h.Get("X-Autorespond") != "" || h.Get("X-Auto-Response") != "" || h.Get("List-Id") != "" || h.Get("X-Loop") != "" ||
		local == "mailer-daemon" || local == "postmaster" ||
		returns && strings.TrimSpace(returnPath[0]) == "<>" ||
		l.from.Address == c.own(account)
}

// believes reports whether our own receiving server says that the sender is who they say.
func (c *Connector) believes(account connectors.Account, l *letter) bool {
	server := c.setting(account, settingAuthServer)
	if server == "" || len(l.header["From"]) != 1 || len(addresses(l.header["From"])) != 1 {
		return false
	}
	for _, value := range l.header["Authentication-Results"] {
		id, results, err := authres.Parse(value)
		if err != nil || !strings.EqualFold(firstWord(id), server) {
			continue
		}
		// Only the uppermost can be the server's own: those below were in the email before it came.
		return vouched(results, domainOf(l.from.Address))
	}
	return false
}

// vouched: DMARC says it of the very domain; without DMARC a signature or SPF of that domain does.
func vouched(results []authres.Result, domain string) bool {
	aligned := false
	for _, result := range results {
		switch r := result.(type) {
		case *authres.DMARCResult:
			return r.Value == authres.ResultPass && strings.EqualFold(r.From, domain)
		case *authres.DKIMResult:
			aligned = aligned || r.Value == authres.ResultPass && strings.EqualFold(r.Domain, domain)
		case *authres.SPFResult:
			aligned = aligned || r.Value == authres.ResultPass && r.From != "" && strings.EqualFold(domainOf(r.From), domain)
		}
	}
	return aligned
}

// bounced makes events of a delivery report. Only one about a message of ours changes it; others are shown as what a machine said.
func (c *Connector) bounced(account connectors.Account, l *letter, received time.Time) (events []connectors.Inbound, err error) {
	id, known := ours(account, l.report.original)
	if !known {
		id, known = c.answers(account, l)
	}
	for n, o := range l.report.outcomes {
		update, says := o.update()
		address := o.recipient
		if known && says {
			update.MessageID, update.ProviderID = id.String(), messageID(account, id, c.own(account))
			events = append(events, connectors.Inbound{Type: connectors.InStatus, Address: address, At: received, Status: update})
			continue
		}
		if address == "" {
			continue
		}
		events = append(events, connectors.Inbound{
			Type: connectors.InAutomatic, ProviderID: fmt.Sprintf("%s/%d", l.lastingID(), n), Address: address, At: received, Raw: l.raw,
			Message: conversation.Message{Text: strings.TrimSpace(l.text), Email: &conversation.Email{Subject: l.subject}},
		})
	}
	return events, nil
}

// floods counts emails by sender, so that two machines that answer each other are stopped.
type floods struct {
	mu sync.Mutex
	// senders have, by id, when an email was seen.
	senders map[string]map[string]time.Time
}

func newFloods() *floods { return &floods{senders: map[string]map[string]time.Time{}} }

// maxSenders is how many senders are remembered; more than that in an hour are forgotten at once.
const maxSenders = 50_000

// over notes an email and reports whether it is one too many of this sender within an hour. The same email counts once.
func (f *floods) over(sender, id string, most int, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	seen := f.senders[sender]
	if seen == nil {
		if len(f.senders) >= maxSenders {
			clear(f.senders)
		}
		seen = map[string]time.Time{}
		f.senders[sender] = seen
	}
	for old, at := range seen {
		if now.Sub(at) > time.Hour {
			delete(seen, old)
		}
	}
	if _, again := seen[id]; again {
		return false
	}
	if len(seen) >= most {
		return true
	}
	seen[id] = now
	return false
}
