package main

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPartsStopInReverse(t *testing.T) {
	t.Parallel()
	var stopped []string
	ctx, cancel := context.WithCancel(t.Context())
	err := runStack(ctx, func(s *stack) error {
		for _, name := range []string{"database", "server", "worker"} {
			s.add(part{name: name, stop: func(context.Context) error {
				stopped = append(stopped, name)
				return nil
			}})
		}
		cancel()
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []string{"worker", "server", "database"}, stopped)
}

func TestWhatWasStartedStopsWhenTheRestFails(t *testing.T) {
	t.Parallel()
	failed, stuck := errors.New("no"), errors.New("stuck")
	stopped := 0
	err := runStack(t.Context(), func(s *stack) error {
		for range 2 {
			s.add(part{name: "database", stop: func(context.Context) error {
				stopped++
				return stuck
			}})
		}
		return failed
	})
	require.ErrorIs(t, err, failed)
	require.ErrorIs(t, err, stuck)
	require.Equal(t, 2, stopped)
}

func TestAPartThatEndsByItselfEndsTheStack(t *testing.T) {
	t.Parallel()
	died := errors.New("out of memory")
	stopped := false
	err := runStack(t.Context(), func(s *stack) error {
		s.add(part{name: "worker", stop: func(context.Context) error {
			stopped = true
			return nil
		}})
		s.add(part{name: "database", wait: func() error { return died }})
		return nil
	})
	require.ErrorIs(t, err, died)
	require.ErrorContains(t, err, "database has ended")
	require.True(t, stopped)
}
