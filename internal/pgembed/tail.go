package pgembed

import (
	"io"
	"sync"
)

// tailSize is how much of the server's log errors quote.
const tailSize = 2 << 10

// tail passes a log on and remembers its end.
type tail struct {
	next io.Writer // may be nil

	mu   sync.Mutex
	last []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	t.last = append(t.last, b...)
	if extra := len(t.last) - tailSize; extra > 0 {
		t.last = append(t.last[:0], t.last[extra:]...)
	}
	t.mu.Unlock()
	if t.next != nil {
		// A log that cannot be written is no reason to stop reading it: the server would block.
		_, _ = t.next.Write(b)
	}
	return len(b), nil
}

func (t *tail) bytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]byte(nil), t.last...)
}
