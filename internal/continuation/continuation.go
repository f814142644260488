// Package continuation lets a customer go on with a conversation on another channel: they are sent a link there, and what they write
// first holds a code. Who has the code was given it, so the address they write from is theirs; the conversation keeps its agent,
// its place and its clocks.
package continuation

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/connectors"
	"seax/internal/conversation"
	"seax/internal/identity"
)

// GoodFor is how long a code is.
const GoodFor = 24 * time.Hour

// What a caller may decide on.
var (
	// ErrSame: the conversation is on that channel already.
	ErrSame = errors.New("the conversation is on this channel already")
	// ErrOver: the conversation is over, or about to be.
	ErrOver = errors.New("the conversation is over")
)

// Codes are two groups of Crockford's base 32: 50 random bits that are easy to read out and to write down.
const (
	alphabet  = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	groupSize = 5
)

var written = regexp.MustCompile(`(?i)\b[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}\b`)

func newCode() string {
	random := make([]byte, 2*groupSize)
	// It never fails; see crypto/rand.
	_, _ = rand.Read(random)
	for i, b := range random {
		random[i] = alphabet[int(b)%len(alphabet)]
	}
	return string(random[:groupSize]) + "-" + string(random[groupSize:])
}

// Offered is a code that has been made.
type Offered struct {
	Code      string
	ExpiresAt time.Time
}

// Offer makes a code with which the customer of an open conversation can go on with it on another channel. local is as in
// connectors.Description.
func Offer(ctx context.Context, log *conversation.Log, id uuid.UUID, to connectors.Account, local bool, by conversation.Person) (Offered, error) {
	made := Offered{Code: newCode()}
	err := log.Do(ctx, fmt.Sprintf("offer to continue conversation %s", id), func(ctx context.Context, tx *conversation.Tx) error {
		c, err := tx.Lock(ctx, id)
		if err != nil {
			return err
		}
		if c.ChannelID == to.ID {
			return ErrSame
		}
		if over(c) {
			return ErrOver
		}
		made.ExpiresAt = tx.Now.Add(GoodFor)
		tx.Later(`insert into continuations (code, conversation_id, channel_id, local, by_person, at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)`,
			made.Code, id, to.ID, local, by.ID, tx.Now, made.ExpiresAt)
		return nil
	})
	return made, err
}

func over(c *conversation.Conversation) bool {
	return c.ClosedAt != nil || c.Phase == conversation.InWrapUp
}

// Take finds the conversation that a customer's first words on a channel continue, moves it to the address they came from and returns
// it; nil: they continue none. The address must have no open conversation. It runs in the caller's transaction.
func Take(ctx context.Context, tx *conversation.Tx, channel connectors.Account, e connectors.Inbound) (*conversation.Conversation, error) {
	code := strings.ToUpper(written.FindString(e.Code))
	if code == "" {
		// What came with a link may be an advertisement's, and the code in the text.
		if code = strings.ToUpper(written.FindString(e.Message.Text)); code == "" {
			return nil, nil
		}
	}
	var id uuid.UUID
	var local bool
	err := tx.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&id, &local) },
		`select conversation_id, local from continuations where code = $1 and channel_id = $2 and used_at is null and expires_at > $3 for update`, code, channel.ID, tx.Now)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find continuation: %w", err)
	}
	c, err := tx.Lock(ctx, id)
	if err != nil || over(c) {
		return nil, err
	}
	body := conversation.Continuation{
		Place: conversation.Place{ChannelID: channel.ID, ChannelKind: channel.Kind, ChannelName: channel.Name, Address: e.Address},
		Local: local, From: conversation.Place{ChannelID: c.ChannelID, ChannelKind: c.ChannelKind, Address: c.Address},
	}
	c.ChannelID, c.ChannelKind, c.Address = channel.ID, channel.Kind, e.Address
	// What the old channel's provider wants back means nothing to the new one's.
	c.LastInbound = nil
	if _, err := tx.Append(c, conversation.Draft{Kind: conversation.Continued, Actor: conversation.System, Body: body}); err != nil {
		return nil, err
	}
	tx.Later(`update continuations set used_at = $2 where code = $1`, code, tx.Now)
	if err := identity.Adopt(ctx, tx, c.ContactID, identity.Claim{Kind: channel.Kind, Realm: channel.ID, Address: e.Address}); err != nil {
		return nil, err
	}
	return c, nil
}
