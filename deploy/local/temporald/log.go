package temporald

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"time"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// logger passes the server's log on to a slog handler.
//
// While the server starts, its services complain that others are not there yet. That is worth reading only if the start
// fails, so it is held back until then. While the server stops, they complain again.
type logger struct {
	next  slog.Handler
	level slog.Leveler
	gate  *gate
}

// gate is shared by a logger and those derived from it.
type gate struct {
	mu    sync.Mutex
	state gateState
	held  []func()
}

type gateState int

const (
	starting gateState = iota
	running
	stopping
)

var (
	_ log.Logger     = (*logger)(nil)
	_ log.WithLogger = (*logger)(nil)
)

func newLogger(next slog.Handler, level slog.Leveler) *logger {
	return &logger{next: next, level: level, gate: &gate{}}
}

// started discards what was held back, and passes on what comes.
func (g *gate) started() { g.change(running) }

// failed passes on what was held back.
func (g *gate) failed() {
	for _, write := range g.change(running) {
		write()
	}
}

// stopping ends the log.
func (g *gate) stopping() { g.change(stopping) }

func (g *gate) change(to gateState) (held []func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	held, g.held, g.state = g.held, nil, to
	return held
}

func (g *gate) pass(write func()) {
	g.mu.Lock()
	state := g.state
	if state == starting {
		g.held = append(g.held, write)
	}
	g.mu.Unlock()
	if state == running {
		write()
	}
}

func (l *logger) With(tags ...tag.Tag) log.Logger {
	return &logger{next: l.next.WithAttrs(attributes(tags)), level: l.level, gate: l.gate}
}

func (l *logger) Debug(message string, tags ...tag.Tag) { l.log(slog.LevelDebug, message, tags) }
func (l *logger) Info(message string, tags ...tag.Tag)  { l.log(slog.LevelInfo, message, tags) }
func (l *logger) Warn(message string, tags ...tag.Tag)  { l.log(slog.LevelWarn, message, tags) }
func (l *logger) Error(message string, tags ...tag.Tag) { l.log(slog.LevelError, message, tags) }

// DPanic reports what should never happen; the server goes on.
func (l *logger) DPanic(message string, tags ...tag.Tag) { l.log(slog.LevelError, message, tags) }

func (l *logger) Panic(message string, tags ...tag.Tag) {
	l.log(slog.LevelError, message, tags)
	panic(message)
}

// Fatal ends the process, as the server relies on.
func (l *logger) Fatal(message string, tags ...tag.Tag) {
	l.log(slog.LevelError, message, tags)
	l.gate.failed()
	os.Exit(1)
}

func (l *logger) log(level slog.Level, message string, tags []tag.Tag) {
	ctx := context.Background()
	if level < l.level.Level() || !l.next.Enabled(ctx, level) {
		return
	}
	record := slog.NewRecord(time.Now(), level, message, 0)
	record.AddAttrs(attributes(tags)...)
	l.gate.pass(func() { _ = l.next.Handle(ctx, record) })
}

func attributes(tags []tag.Tag) []slog.Attr {
	all := make([]slog.Attr, len(tags))
	for i, t := range tags {
		all[i] = slog.Any(t.Key(), t.Value())
	}
	return all
}
