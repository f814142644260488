package connectors

import (
	"slices"
	"strings"
	"time"
)

// Capabilities say what a channel can carry; they drive the composer, splitting and early refusal.
type Capabilities struct {
	// MaxText is the longest text of one message, counted in TextUnit. Longer ones are sent as several messages, see Split.
	MaxText  int
	TextUnit Unit
	// Segments: texts travel, and are paid for, in segments of SMS: 160 characters of GSM-7, or 70 where one is not in it.
	Segments bool
	// MaxCaption is the longest text that goes with a file in one message; 0: text and files go in messages of their own.
	MaxCaption int
	// CaptionTypes are the media types a text can go with ("image/*"); none: all.
	CaptionTypes []string

	// MaxFiles is how many files one message carries; more go in several messages. 0: one.
	MaxFiles int
	// MaxFileBytes is the largest file; 0: none may be sent.
	MaxFileBytes int64
	// FileTypes lists the media types that may be attached ("image/png", "image/*"); Media says where sizes differ.
	FileTypes []string
	Media     []MediaRule

	// Options: buttons or quick replies; without them (Options.Max 0) choices become a numbered list.
	Options OptionRules

	Typing bool
	// ReadMarks: the provider tells when the customer has read a message.
	ReadMarks bool
	// Receipts: the provider tells when a message was delivered.
	Receipts bool
	// Replies: a message can refer to the one it answers.
	Replies bool
	// Reactions, Edits and Deletes: agents can react to messages, change and take back what was sent (Reactor, Editor, Deleter).
	Reactions, Edits, Deletes bool
	// Templates: the account has approved templates (Templater).
	Templates bool
	// CanStart: a conversation can be started from our side (Starter).
	CanStart bool
	// StartByTemplate: only with a template.
	StartByTemplate bool
	// StartBy is what Start takes.
	StartBy AddressKind

	// ReplyWindow is how long after the customer's last message they may be written to; 0: for ever. Behind it only templates
	// are sent, if there are Templates.
	ReplyWindow time.Duration
	// PersonWindow is how long persons (not bots) may go on writing; 0: as long as ReplyWindow.
	PersonWindow time.Duration

	// Idempotent: the provider drops a repeated Outgoing.ID, so an ambiguous attempt may be repeated.
	Idempotent bool
}

// Unit is what the length of a text is counted in.
type Unit string

// The units. The zero value counts characters (Unicode code points).
const (
	Characters Unit = ""
	Bytes      Unit = "bytes"
	UTF16      Unit = "utf16"
)

// AddressKind is what customers are written to by.
type AddressKind string

// The kinds of addresses. The zero value is an id of the channel's own.
const (
	ByKey   AddressKind = ""
	ByPhone AddressKind = "phone"
	ByEmail AddressKind = "email"
)

// MediaRule bounds files of some types more tightly than Capabilities.MaxFileBytes.
type MediaRule struct {
	// Types are media types; "image/*" stands for all images.
	Types    []string
	MaxBytes int64
}

// FileLimit is how large a file of a media type may be; 0: none may be sent.
func (c Capabilities) FileLimit(mediaType string) int64 {
	if !fits(mediaType, c.FileTypes) {
		return 0
	}
	limit := c.MaxFileBytes
	for _, rule := range c.Media {
		if fits(mediaType, rule.Types) {
			limit = min(limit, rule.MaxBytes)
		}
	}
	return limit
}

func fits(mediaType string, types []string) bool {
	return slices.ContainsFunc(types, func(t string) bool {
		family, whole := strings.CutSuffix(t, "*")
		return t == mediaType || t == "*/*" || whole && strings.HasPrefix(mediaType, family)
	})
}

// OptionRules say how many replies a customer can be given to choose from by a tap. Messages that break the rules get a numbered
// list instead.
type OptionRules struct {
	Max int
	// MaxLabel is the longest label, counted in Capabilities.TextUnit; 0: no limit.
	MaxLabel int
	// MaxText is the longest text above them; 0: Capabilities.MaxText.
	MaxText int
	// WithFiles: they may go with files in one message.
	WithFiles bool
}

// Pace is how fast an account may send. The zero value sets no limit.
type Pace struct {
	// PerSecond is the account's rate; 0: no limit. Burst is how much may go at once after a pause, at least 1.
	PerSecond float64
	Burst     int
	// ContactEvery is the time between two messages to one customer, ContactBurst how many may be ahead of it, at least 1.
	ContactEvery time.Duration
	ContactBurst int
}

// CapabilitiesOf returns what an account can do.
func CapabilitiesOf(c Connector, account Account) Capabilities {
	if t, ok := c.(Tailored); ok {
		return t.Capabilities(account)
	}
	return c.Describe().Capabilities
}
