package email

import (
	"bytes"
	"net/textproto"
	"regexp"
	"strings"

	"github.com/jhillyerd/enmime/v2"

	"seax/connectors"
	"seax/internal/conversation"
)

// report is what a mail server says became of an email of ours (RFC 3464).
type report struct {
	// original is the Message-ID of the email it is about; "" if it does not say.
	original string
	outcomes []outcome
}

// outcome is what became of it for one recipient.
type outcome struct {
	recipient string
	// action: failed, delayed, delivered, relayed, expanded.
	action string
	// status is the enhanced code, like 5.1.1; diagnostic what the other server said.
	status, diagnostic string
}

// reported reads a multipart/report. What is in it for people is the email's text.
func (w *walk) reported(p *enmime.Part) {
	kind := strings.ToLower(param(p, "report-type"))
	r := &report{}
	for child := p.FirstChild; child != nil; child = child.NextSibling {
		if w.parts++; w.parts > maxParts {
			return
		}
		switch child.ContentType {
		case "message/delivery-status", "message/global-delivery-status":
			r.outcomes = append(r.outcomes, outcomes(child.Content)...)
		case "message/rfc822", "message/global", "message/rfc822-headers", "text/rfc822-headers", "message/global-headers":
			if ids := messageIDs(rawHeader(child.Content).Get("Message-Id")); len(ids) > 0 {
				r.original = ids[0]
			}
		default:
			if child.Disposition != "attachment" {
				w.part(child)
			}
		}
	}
	if kind == "delivery-status" && len(r.outcomes) > 0 {
		w.report = r
	}
}

// outcomes reads the groups of fields of a message/delivery-status: the first is about the email, each further one about a recipient.
func outcomes(content []byte) (all []outcome) {
	content = bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))
	for _, group := range bytes.SplitN(content, []byte("\n\n"), 102) {
		fields := rawHeader(bytes.TrimLeft(group, "\n"))
		o := outcome{
			action: strings.ToLower(strings.TrimSpace(fields.Get("Action"))), status: firstWord(fields.Get("Status")),
			diagnostic: plain(typed(fields, "Diagnostic-Code"), 300),
		}
		for _, name := range []string{"Original-Recipient", "Final-Recipient"} {
			if address := normal(strings.Trim(typed(fields, name), "<>")); address != "" {
				o.recipient = address
				break
			}
		}
		if o.action != "" {
			all = append(all, o)
		}
	}
	return all
}

// typed is a field's value without its type: "rfc822; ana@example.com".
func typed(fields textproto.MIMEHeader, name string) string {
	value := fields.Get(name)
	if _, after, ok := strings.Cut(value, ";"); ok {
		value = after
	}
	return strings.TrimSpace(value)
}

func firstWord(s string) string {
	if words := strings.Fields(s); len(words) > 0 {
		return words[0]
	}
	return ""
}

var enhanced = regexp.MustCompile(`\b([245])\.(\d{1,3})\.(\d{1,3})\b`)

// update is what an outcome means for the message; false: nothing (it is still being tried).
func (o outcome) update() (connectors.StatusUpdate, bool) {
	switch o.action {
	case "delivered":
		return connectors.StatusUpdate{Status: conversation.StatusDelivered}, true
	case "relayed", "expanded":
		return connectors.StatusUpdate{Status: conversation.StatusSent}, true
	case "failed":
		refused := refusal(0, o.status+" "+o.diagnostic)
		return connectors.StatusUpdate{Status: conversation.StatusFailed, Code: refused.Code, Error: refused.Words}, true
	default:
		return connectors.StatusUpdate{}, false
	}
}
