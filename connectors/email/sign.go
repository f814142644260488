package email

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"

	"github.com/google/uuid"

	"seax/connectors"
)

// What we send is known again by what came with it: the Message-ID and the address answers go to carry the message's id, signed. Nobody
// can make up one of a message they have not seen.

// macSize is how much of a signature is used, in bytes.
const macSize = 8

func mac(account connectors.Account, id uuid.UUID) []byte {
	h := hmac.New(sha256.New, key(account, "message"))
	h.Write(id[:])
	return h.Sum(nil)[:macSize]
}

// messageID is the Message-ID of a message of ours, without brackets: the same at every attempt.
func messageID(account connectors.Account, id uuid.UUID, own string) string {
	return id.String() + "." + hex.EncodeToString(mac(account, id)) + "@" + domainOf(own)
}

// ours returns our id of the message that a Message-ID names, if we signed it.
func ours(account connectors.Account, messageID string) (uuid.UUID, bool) {
	local, _, _ := strings.Cut(messageID, "@")
	name, signature, _ := strings.Cut(local, ".")
	id, err := uuid.Parse(name)
	if err != nil || len(account.Secret) == 0 || len(name) != 36 {
		return uuid.Nil, false
	}
	given, err := hex.DecodeString(signature)
	return id, err == nil && hmac.Equal(given, mac(account, id))
}

// base32 survives servers that change the case of addresses.
var tokenEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// tokenSize is how long a token is, in characters; maxLocal how long the part of an address in front of the @ may be.
const (
	tokenSize = 39
	maxLocal  = 64
)

// replyAddress is where answers to a message go: our address with the message's id in it, if that fits.
func replyAddress(account connectors.Account, id uuid.UUID, own string) string {
	at := strings.LastIndexByte(own, '@')
	token := tokenEncoding.EncodeToString(append(id[:], mac(account, id)...))
	if at < 0 || at+1+len(token) > maxLocal {
		return own
	}
	return own[:at] + "+" + token + own[at:]
}

// answered returns our id of the message that an address was the reply address of.
func answered(account connectors.Account, address string) (uuid.UUID, bool) {
	local, _, _ := strings.Cut(address, "@")
	token := strings.ToLower(local[strings.LastIndexByte(local, '+')+1:])
	if len(token) != tokenSize || len(account.Secret) == 0 {
		return uuid.Nil, false
	}
	raw, err := tokenEncoding.DecodeString(token)
	if err != nil || len(raw) != 16+macSize {
		return uuid.Nil, false
	}
	id := uuid.UUID(raw[:16])
	return id, hmac.Equal(raw[16:], mac(account, id))
}
