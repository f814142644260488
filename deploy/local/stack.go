package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// part is something that has been started.
type part struct {
	name string
	// stop ends the part cleanly, or not when ctx has ended. nil: nothing to stop.
	stop func(ctx context.Context) error
	// wait returns when the part has ended, with the reason. nil: it does not end by itself.
	wait func() error
}

// stack is what has been started so far. Its methods may be called from several goroutines.
type stack struct {
	mu    sync.Mutex
	parts []part
	// ended receives why a part ended by itself.
	ended chan error
}

// stopTimeout is how long all parts together may take to stop cleanly.
const stopTimeout = 15 * time.Second

func newStack() *stack { return &stack{ended: make(chan error, 1)} }

// add takes over the stopping of a part. What a part needs is to be added before it.
func (s *stack) add(p part) {
	s.mu.Lock()
	s.parts = append(s.parts, p)
	s.mu.Unlock()
	if p.wait == nil {
		return
	}
	go func() {
		err := fmt.Errorf("%s has ended: %w", p.name, orUnknown(p.wait()))
		select {
		case s.ended <- err:
		default: // Another was first; it is the cause.
		}
	}()
}

func orUnknown(err error) error {
	if err == nil {
		return errors.New("it did not say why")
	}
	return err
}

// wait returns nil when ctx ends, and otherwise the reason why a part has ended.
func (s *stack) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.ended:
		return err
	}
}

// stop stops all parts, the last added first.
func (s *stack) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	s.mu.Lock()
	parts := s.parts
	s.parts = nil
	s.mu.Unlock()
	var first error
	for _, p := range slices.Backward(parts) {
		if p.stop == nil {
			continue
		}
		if err := p.stop(ctx); err != nil && first == nil {
			first = fmt.Errorf("stop %s: %w", p.name, err)
		}
	}
	return first
}
