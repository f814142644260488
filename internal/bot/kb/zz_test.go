package kb_test

import (
	"os"
	"strings"
	"testing"

	"seax/internal/bot/kb"
)

func TestDebug(t *testing.T) {
	if os.Getenv("Q") == "" {
		t.Skip()
	}
	s := newShop(t)
	for _, q := range strings.Split(os.Getenv("Q"), "|") {
		t.Log(q + "\n" + kb.Explain(s.pool, q))
	}
}
