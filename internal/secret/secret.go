// Package secret keeps credentials unreadable at rest: sealed with AES-256-GCM under a key of the installation, each bound to the place
// it belongs to.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// KeyBytes is the length of a key.
const KeyBytes = 32

// ErrUnreadable says that a sealed value was made with a key that is not there, for another place, or was changed.
var ErrUnreadable = errors.New("the secret cannot be opened with the keys there are")

// Box seals and opens. Safe for concurrent use.
type Box struct{ keys []cipher.AEAD }

// New returns a box that seals with the first key and opens with any: keys are changed by putting a new one in front.
func New(keys ...[]byte) (*Box, error) {
	if len(keys) == 0 {
		return nil, errors.New("there is no key for secrets")
	}
	b := &Box{}
	for i, key := range keys {
		if len(key) != KeyBytes {
			return nil, fmt.Errorf("key %d for secrets has %d bytes, want %d", i+1, len(key), KeyBytes)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("key %d for secrets: %w", i+1, err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return nil, fmt.Errorf("key %d for secrets: %w", i+1, err)
		}
		b.keys = append(b.keys, aead)
	}
	return b, nil
}

// ParseKeys reads keys as they are configured: base64, several separated by commas.
func ParseKeys(text string) ([][]byte, error) {
	var keys [][]byte
	for _, part := range strings.Split(text, ",") {
		key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(part))
		if err != nil || len(key) != KeyBytes {
			return nil, fmt.Errorf("want %d bytes in base64, as \"openssl rand -base64 %d\" makes them", KeyBytes, KeyBytes)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// Seal makes a value unreadable. It can be opened only for the same place.
func (b *Box) Seal(place string, value []byte) ([]byte, error) {
	aead := b.keys[0]
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(value)+aead.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("seal secret: %w", err)
	}
	return aead.Seal(nonce, nonce, value, []byte(place)), nil
}

// Open returns what was sealed for a place.
func (b *Box) Open(place string, sealed []byte) ([]byte, error) {
	for _, aead := range b.keys {
		if len(sealed) < aead.NonceSize() {
			break
		}
		if value, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], []byte(place)); err == nil {
			return value, nil
		}
	}
	return nil, fmt.Errorf("open secret of %s: %w", place, ErrUnreadable)
}
