package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"

	"golang.org/x/sync/errgroup"
)

// base is what the platform runs on.
type base struct {
	data *dataDir
	// databaseURL is PostgreSQL's, for an empty or earlier database of this stack.
	databaseURL string
	// temporalAddr is for client.Options.HostPort; temporalUI is a URL.
	temporalAddr, temporalUI string
}

// up runs the whole stack.
func up(ctx context.Context, s settings, out io.Writer) error {
	data, err := openDataDir(ctx, s, alone)
	if err != nil {
		return err
	}
	defer data.close()
	// Better now than after everything else has started.
	if err := checkFree(s.httpAddr, "SEAX_HTTP_ADDR"); err != nil {
		return err
	}
	if s.labAddr != "" {
		if err := checkFree(s.labAddr, "SEAX_LAB_ADDR"); err != nil {
			return err
		}
	}
	return runStack(ctx, func(stack *stack) error {
		base, err := startBase(ctx, s, data, stack)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(out, "PostgreSQL   %s\nTemporal     %s\nTemporal UI  %s\n", base.databaseURL, base.temporalAddr, base.temporalUI)
		return startPlatform(ctx, s, base, stack, out)
	})
}

// runStack starts parts, waits until ctx ends or one of them does, and stops them all. When ctx ends while they start, what
// has been started is stopped, too.
func runStack(ctx context.Context, start func(*stack) error) error {
	stack := newStack()
	err := start(stack)
	if err == nil {
		err = stack.wait(ctx)
	}
	return errors.Join(err, stack.stop())
}

// startBase starts PostgreSQL and Temporal, which do not need each other, at the same time.
func startBase(ctx context.Context, s settings, data *dataDir, stack *stack) (base, error) {
	b := base{data: data}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		server, err := startPostgres(ctx, s, data, stack)
		if err == nil {
			b.databaseURL = server.URL()
		}
		return err
	})
	group.Go(func() error {
		server, err := startTemporal(ctx, s, data, stack)
		if err == nil {
			b.temporalAddr, b.temporalUI = server.Addr(), server.UIURL()
		}
		return err
	})
	err := group.Wait()
	return b, err
}

func onlyPostgres(ctx context.Context, s settings, out io.Writer) error {
	data, err := openDataDir(ctx, s, shared)
	if err != nil {
		return err
	}
	defer data.close()
	return runStack(ctx, func(stack *stack) error {
		server, err := startPostgres(ctx, s, data, stack)
		if err == nil {
			_, _ = fmt.Fprintln(out, "PostgreSQL is ready:", server.URL())
		}
		return err
	})
}

func onlyTemporal(ctx context.Context, s settings, out io.Writer) error {
	data, err := openDataDir(ctx, s, shared)
	if err != nil {
		return err
	}
	defer data.close()
	return runStack(ctx, func(stack *stack) error {
		server, err := startTemporal(ctx, s, data, stack)
		if err == nil {
			_, _ = fmt.Fprintf(out, "Temporal is ready: %s, UI %s\n", server.Addr(), server.UIURL())
		}
		return err
	})
}

// takenError says that an address of the settings is taken.
type takenError struct{ addr, variable string }

func (e takenError) Error() string {
	return fmt.Sprintf("another program listens on %s: stop it, or set %s to another address", e.addr, e.variable)
}

func checkFree(addr, variable string) error {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return takenError{addr, variable}
	}
	if err != nil {
		return fmt.Errorf("%s: listen on %s: %w", variable, addr, err)
	}
	return listener.Close()
}
