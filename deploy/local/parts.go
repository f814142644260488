package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"seax/deploy/local/temporald"
	"seax/internal/pgembed"
	"seax/workflows/flow"
)

func startPostgres(ctx context.Context, s settings, data *dataDir, stack *stack) (*pgembed.Server, error) {
	log, err := data.logFile("postgres.log")
	if err != nil {
		return nil, err
	}
	server, err := pgembed.Start(ctx, pgembed.Options{DataDir: data.postgres(), Port: s.postgresPort, Log: log})
	if err != nil {
		_ = log.Close()
		return nil, explainPostgres(err, s, data)
	}
	stack.add(part{name: "PostgreSQL", wait: server.Wait, stop: func(ctx context.Context) error {
		defer func() { _ = log.Close() }()
		return server.Stop(ctx)
	}})
	return server, nil
}

func startTemporal(ctx context.Context, s settings, data *dataDir, stack *stack) (*temporald.Server, error) {
	if err := os.MkdirAll(data.temporal(), 0o700); err != nil {
		return nil, fmt.Errorf("make Temporal's folder: %w", err)
	}
	lock, err := lockFile(filepath.Join(data.temporal(), lockName), alone)
	if err != nil {
		return nil, err
	}
	server, err := temporald.Start(ctx, temporald.Options{
		Addr:             s.temporalAddr,
		UIAddr:           s.temporalUIAddr,
		DBFile:           filepath.Join(data.temporal(), "temporal.db"),
		SearchAttributes: searchAttributes(),
	})
	if err != nil {
		_ = lock.Close()
		return nil, explainTemporal(err, s)
	}
	stack.add(part{name: "Temporal", stop: func(context.Context) error {
		server.Stop()
		return lock.Close()
	}})
	return server, nil
}

// explainPostgres says what to do about the errors that a developer is likely to meet.
func explainPostgres(err error, s settings, data *dataDir) error {
	switch {
	case errors.Is(err, pgembed.ErrNotInstalled):
		return errors.New("PostgreSQL is not installed: run `npm ci` in deploy/local, or `make run`")
	case errors.Is(err, pgembed.ErrInUse):
		return inUseError{filepath.Join(data.path, lockName)}
	case errors.Is(err, pgembed.ErrPortTaken):
		return takenError{net.JoinHostPort("127.0.0.1", strconv.Itoa(s.postgresPort)), "SEAX_POSTGRES_ADDR"}
	}
	return err
}

func explainTemporal(err error, s settings) error {
	taken, ok := errors.AsType[temporald.PortTakenError](err)
	switch {
	case !ok:
		return err
	case taken.Addr == s.temporalUIAddr:
		return takenError{taken.Addr, "SEAX_TEMPORAL_UI_ADDR"}
	default:
		return takenError{taken.Addr, "SEAX_TEMPORAL_ADDR"}
	}
}

// searchAttributes are those that conversations set.
func searchAttributes() map[string]enumspb.IndexedValueType {
	all := map[string]enumspb.IndexedValueType{}
	for _, key := range []temporal.SearchAttributeKey{
		flow.AttributeChannel, flow.AttributePhase, flow.AttributeQueue,
		flow.AttributeAgent, flow.AttributeContact, flow.AttributeAttention, flow.AttributeSLADue,
	} {
		all[key.GetName()] = key.GetValueType()
	}
	return all
}
