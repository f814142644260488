package fake

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"seax/connectors"
)

// Weather is how webhooks travel. The zero value delivers each once, in order, at once.
type Weather struct {
	// Duplicate and Lose are shares of webhooks (0 to 1) that arrive twice and never. Those that are lost are repeated only by
	// providers that repeat, see Retries.
	Duplicate float64 `json:"duplicate,omitempty"`
	Lose      float64 `json:"lose,omitempty"`
	// Delay is how long one may take at most, in milliseconds: with more than none they overtake each other.
	Delay int `json:"delay_ms,omitempty"`
	// Retries is how often one that was not answered with 2xx is sent again: first after RetryAfter milliseconds, then, as providers do,
	// each time after twice as many, at most 16 times as many.
	Retries    int `json:"retries,omitempty"`
	RetryAfter int `json:"retry_after_ms,omitempty"`
}

type callbacks struct {
	weather Weather
	post    func(context.Context, *connectors.Request) (status int, err error)
	// kept are those nobody posts: tests look at them.
	kept []*connectors.Request
	wg   sync.WaitGroup
	stop chan struct{}
}

func newCallbacks() callbacks { return callbacks{stop: make(chan struct{})} }

// SetWeather changes how webhooks travel from now on.
func (b *Base) SetWeather(w Weather) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hooks.weather = w
}

// PostTo has webhooks really sent, by a client. Without it they are kept for Callbacks.
func (b *Base) PostTo(client *http.Client) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hooks.post = func(ctx context.Context, r *connectors.Request) (int, error) {
		req, err := http.NewRequestWithContext(ctx, r.Method, r.URL.String(), bytes.NewReader(r.Body))
		if err != nil {
			return 0, err
		}
		req.Header = r.Header.Clone()
		res, err := client.Do(req)
		if err != nil {
			return 0, err
		}
		return res.StatusCode, res.Body.Close()
	}
}

// Close waits for webhooks that are on their way, without repeating them.
func (b *Base) Close() {
	b.mu.Lock()
	select {
	case <-b.hooks.stop:
	default:
		close(b.hooks.stop)
	}
	b.mu.Unlock()
	b.hooks.wg.Wait()
}

// Callbacks returns webhooks that nobody posts, and forgets them.
func (b *Base) Callbacks() []*connectors.Request {
	b.mu.Lock()
	defer b.mu.Unlock()
	kept := b.hooks.kept
	b.hooks.kept = nil
	return kept
}

// Callback sends a webhook, as the weather is.
func (b *Base) Callback(r *connectors.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hooks.post == nil {
		b.hooks.kept = append(b.hooks.kept, r)
		return
	}
	w := b.hooks.weather
	times := 1
	if rand.Float64() < w.Duplicate {
		times = 2
	}
	for range times {
		lost := rand.Float64() < w.Lose
		delay := time.Duration(0)
		if w.Delay > 0 {
			delay = time.Duration(rand.IntN(w.Delay)) * time.Millisecond
		}
		b.hooks.wg.Go(func() { b.travel(r, w, lost, delay) })
	}
}

func (b *Base) travel(r *connectors.Request, w Weather, lost bool, delay time.Duration) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-b.hooks.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	for attempt := range w.Retries + 1 {
		if attempt > 0 {
			delay = time.Duration(w.RetryAfter) * time.Millisecond << min(attempt-1, 4)
		}
		if !pause(ctx, delay) {
			return
		}
		if lost && attempt == 0 {
			continue
		}
		if status, err := b.hooks.post(context.WithoutCancel(ctx), r); err == nil && status < 300 {
			return
		}
	}
}
